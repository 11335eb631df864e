//! Brings the batches of an outbox to the brokers that lead their partitions, until each is taken.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::lanes::Waiting;
use super::outbox::Outbox;
use super::settings::SendSettings;
use crate::batch::{Packer, Sequence};
use crate::error::{Code, Error};
use crate::kafka::failures;
use crate::kafka::native::backoff;
use crate::kafka::native::brokers::Brokers;
use crate::kafka::native::codes;
use crate::kafka::native::connection::{Connection, Frame, Trouble};
use crate::kafka::native::health::Health;
use crate::kafka::native::protocol::{
    Api, Broker, Metadata, ProducerId, Sent, Taken, read_produce, read_producer_id, write_produce,
    write_producer_id,
};
use crate::kafka::native::stop::Stop;

/// How often the cluster is asked for its partitions and leaders without a reason.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// How long it takes at least until the cluster is asked again.
const ASK_APART: Duration = Duration::from_millis(100);

/// The most bytes of one request.
const MOST_REQUEST_BYTES: usize = 8 << 20;

/// One batch on its way to a partition.
#[derive(Debug)]
struct UnderWay {
    bytes: Vec<u8>,
    /// What it is in the outbox's count.
    n_bytes: usize,
    since: Instant,
    /// How often it was not taken, and when it may go out again.
    attempts: u32,
    from: Instant,
    /// Why it was not taken.
    refusal: Option<Taken>,
}

/// Sends for one worker to one topic.
#[derive(Debug)]
pub(super) struct Courier {
    settings: Arc<SendSettings>,
    health: Arc<Health>,
    topic: Arc<str>,
    outbox: Arc<Outbox>,
    stop: Arc<Stop>,
    brokers: Brokers,
    packer: Packer,
    /// Who we are to brokers, once one of them has said it.
    id: Option<ProducerId>,
    /// The number of the next record of each partition.
    sequences: BTreeMap<usize, i32>,
    under_way: BTreeMap<usize, UnderWay>,
    /// What the cluster said last, and when it is to be asked again.
    metadata: Metadata,
    ask_from: Instant,
    asked_in_vain: u32,
    asked_at: Option<Instant>,
    /// Whether what the cluster said last has turned out wrong: another broker may know more.
    is_doubtful: bool,
    connections: BTreeMap<i32, Connection>,
    frame: Frame,
    /// Why the last connection failed.
    reason: Option<String>,
}

/// The run has to end, or nobody sends any more.
struct Ended;

type Outcome<T = ()> = Result<T, Ended>;

impl Courier {
    pub(super) fn new(
        settings: &Arc<SendSettings>,
        health: Arc<Health>,
        topic: &Arc<str>,
        outbox: &Arc<Outbox>,
        stop: &Arc<Stop>,
    ) -> Self {
        Courier {
            settings: Arc::clone(settings),
            health,
            topic: Arc::clone(topic),
            outbox: Arc::clone(outbox),
            stop: Arc::clone(stop),
            brokers: Brokers::new(&settings.connecting, stop),
            packer: Packer::new(settings.codec),
            id: None,
            sequences: BTreeMap::new(),
            under_way: BTreeMap::new(),
            metadata: Metadata::default(),
            ask_from: Instant::now(),
            asked_in_vain: 0,
            asked_at: None,
            is_doubtful: false,
            connections: BTreeMap::new(),
            frame: Frame::default(),
            reason: None,
        }
    }

    pub(super) fn run(mut self) {
        let outbox = Arc::clone(&self.outbox);
        let delivering = catch_unwind(AssertUnwindSafe(|| while self.deliver().is_ok() {}));
        if delivering.is_err() {
            outbox.fail(Error::new(
                Code::Bug,
                "the thread that sends records panicked",
            ));
        }
    }

    /// Waits until there is something to send, and sends it once.
    fn deliver(&mut self) -> Outcome {
        let due = self.under_way.values().map(|batch| batch.from).min();
        let under_way = &self.under_way;
        let is_free = |partition| !under_way.contains_key(&partition);
        let new = self.outbox.next(is_free, due).ok_or(Ended)?;
        if self.ask_from <= Instant::now() {
            self.ask()?;
        }
        self.take_in(new)?;
        let mut sent = Vec::new();
        for (leader, partitions) in self.by_leader()? {
            match self.send(leader, &partitions) {
                Ok(under_way) => sent.push((leader, under_way, partitions)),
                Err(trouble) => self.lost(leader, &partitions, trouble)?,
            }
        }
        for (leader, (correlation, version), partitions) in sent {
            match self.receive(leader, correlation, version) {
                Ok(taken) => self.settle(&partitions, &taken)?,
                Err(trouble) => self.lost(leader, &partitions, trouble)?,
            }
        }
        self.give_up_on_old()
    }

    /// Ends the run: something cannot be delivered.
    fn fail<T>(&self, error: Error) -> Outcome<T> {
        self.outbox.fail(error);
        Err(Ended)
    }

    /// Numbers and packs batches that have not been under way.
    fn take_in(&mut self, new: Vec<(usize, Waiting)>) -> Outcome {
        if new.is_empty() {
            return Ok(());
        }
        let ProducerId { id, epoch } = self.producer_id()?;
        let now = Instant::now();
        for (partition, waiting) in new {
            let next = self.sequences.entry(partition).or_default();
            let sequence = Sequence {
                producer_id: id,
                producer_epoch: epoch,
                first: *next,
            };
            *next = behind(*next, waiting.batch.n_records());
            let under_way = UnderWay {
                bytes: waiting.batch.finish_to_send(&mut self.packer, sequence),
                n_bytes: waiting.n_bytes,
                since: waiting.since,
                attempts: 0,
                from: now,
                refusal: None,
            };
            self.under_way.insert(partition, under_way);
        }
        Ok(())
    }

    /// Who we are to brokers: the first one that answers says it.
    fn producer_id(&mut self) -> Outcome<ProducerId> {
        let begun = Instant::now();
        let mut attempts = 0;
        loop {
            if let Some(known) = self.id {
                return Ok(known);
            }
            let reason = match self.ask_for_id() {
                Ok(Ok(id)) => {
                    self.id = Some(id);
                    continue;
                }
                Ok(Err(code)) if !may_pass(code) => {
                    let what = format!("cannot send to the topic `{}`", self.topic);
                    return self.fail(failures::of_broker(what, code));
                }
                Ok(Err(code)) => format!("error {code} to {}", Api::ProducerId.name()),
                Err(Trouble::Refused(error) | Trouble::Foreign(error)) => return self.fail(error),
                Err(Trouble::Lost(reason)) => reason,
            };
            if self.stop.is_stopped() {
                return Err(Ended);
            }
            self.health.failed(&reason);
            if begun.elapsed() > self.settings.deliver_within {
                return self.fail(self.not_delivered(Some(&reason)));
            }
            attempts += 1;
            std::thread::sleep(backoff::pause(attempts));
        }
    }

    fn ask_for_id(&mut self) -> Result<Result<ProducerId, i16>, Trouble> {
        let frame = &mut self.frame;
        let asked = self.brokers.try_each(|connection| {
            let version = connection.version(Api::ProducerId)?;
            let correlation = connection.send(Api::ProducerId, version, write_producer_id)?;
            connection.receive(correlation, frame)?;
            read_producer_id(frame.bytes())
                .map_err(|malformed| connection.malformed(Api::ProducerId, malformed))
        });
        asked.map(|(id, ..)| id)
    }

    /// Asks the cluster who leads the partitions.
    fn ask(&mut self) -> Outcome {
        if std::mem::take(&mut self.is_doubtful) {
            self.brokers.ask_another();
        }
        self.asked_at = Some(Instant::now());
        match self.brokers.ask(std::slice::from_ref(&self.topic)) {
            Ok(metadata) => {
                self.asked_in_vain = 0;
                self.ask_from = Instant::now() + LOOK_EVERY;
                if let Ok(n_partitions) = metadata.n_partitions(&self.topic) {
                    self.outbox.grow(n_partitions);
                }
                // Connections to brokers that have another address by now are of no use.
                let known = &self.metadata;
                let is_as_before = |id: &i32| metadata.broker(*id) == known.broker(*id);
                self.connections.retain(|id, _| is_as_before(id));
                self.metadata = metadata;
            }
            Err(Trouble::Refused(error) | Trouble::Foreign(error)) => return self.fail(error),
            Err(Trouble::Lost(reason)) => {
                if self.stop.is_stopped() {
                    return Err(Ended);
                }
                self.health.failed(&reason);
                self.reason = Some(reason);
                self.asked_in_vain += 1;
                self.ask_from = Instant::now() + backoff::pause(self.asked_in_vain);
            }
        }
        Ok(())
    }

    /// The partitions whose batches may go out now, by the broker that leads them, as many as one
    /// request takes.
    fn by_leader(&mut self) -> Outcome<Vec<(i32, Vec<usize>)>> {
        let now = Instant::now();
        let mut found: BTreeMap<i32, (Vec<usize>, usize)> = BTreeMap::new();
        let mut without = Vec::new();
        for (partition, batch) in &self.under_way {
            if batch.from > now {
                continue;
            }
            match self.metadata.leader(&self.topic, number(*partition)) {
                Ok(leader) => {
                    let (partitions, n_bytes) = found.entry(leader.broker).or_default();
                    if partitions.is_empty() || *n_bytes + batch.bytes.len() <= MOST_REQUEST_BYTES {
                        partitions.push(*partition);
                        *n_bytes += batch.bytes.len();
                    }
                }
                Err(error) => without.push((*partition, error)),
            }
        }
        for (partition, error) in without {
            let refusal = Taken {
                partition: number(partition),
                error,
                reason: None,
            };
            // Where nobody has said anything yet, nobody has refused it.
            let is_known = !self.metadata.brokers.is_empty();
            if is_known && !may_pass(error) {
                return self.fail(self.refused(&refusal));
            }
            self.later(partition, is_known.then_some(refusal));
        }
        let found = found.into_iter();
        let mut found: Vec<(i32, Vec<usize>)> = found
            .map(|(leader, (partitions, _))| (leader, partitions))
            .collect();
        // A broker that cannot be reached is not to hold up those that can.
        found.sort_by_key(|(leader, _)| !self.connections.contains_key(leader));
        Ok(found)
    }

    /// Sends the batches of some partitions to their leader; gives the number and the version of
    /// the request.
    fn send(&mut self, leader: i32, partitions: &[usize]) -> Result<(i32, i16), Trouble> {
        if !self.connections.contains_key(&leader) {
            let broker = self.metadata.broker(leader).cloned();
            let opened = self.open(broker)?;
            self.connections.insert(leader, opened);
        }
        let Some(connection) = self.connections.get_mut(&leader) else {
            return Err(Trouble::Lost("the connection is gone".to_owned()));
        };
        connection.stay_logged_on(&self.settings.connecting.security)?;
        let version = connection.version(Api::Produce)?;
        let batches = partitions.iter().filter_map(|partition| {
            Some(Sent {
                partition: number(*partition),
                batch: &self.under_way.get(partition)?.bytes,
            })
        });
        let batches: Vec<Sent<'_>> = batches.collect();
        let within_ms = self.settings.replicas_within_ms;
        let correlation = connection.send(Api::Produce, version, |out| {
            write_produce(out, &self.topic, within_ms, &batches);
        })?;
        Ok((correlation, version))
    }

    fn open(&self, broker: Option<Broker>) -> Result<Connection, Trouble> {
        let Some(Broker { host, port, .. }) = broker else {
            return Err(Trouble::Lost("the leader is not known".to_owned()));
        };
        let connecting = &self.settings.connecting;
        let connection = Connection::open((&host, port), connecting, &self.stop)?;
        let within_ms = u64::try_from(self.settings.replicas_within_ms).unwrap_or(0);
        connection.allow(Duration::from_millis(within_ms))?;
        Ok(connection)
    }

    fn receive(
        &mut self,
        leader: i32,
        correlation: i32,
        version: i16,
    ) -> Result<Vec<Taken>, Trouble> {
        let Some(connection) = self.connections.get_mut(&leader) else {
            return Err(Trouble::Lost("the connection is gone".to_owned()));
        };
        connection.receive(correlation, &mut self.frame)?;
        read_produce(version, self.frame.bytes())
            .map_err(|malformed| connection.malformed(Api::Produce, malformed))
    }

    /// Does with each batch what the broker has said of it.
    fn settle(&mut self, partitions: &[usize], taken: &[Taken]) -> Outcome {
        self.health.answered();
        for partition in partitions {
            let number = number(*partition);
            let of_it = taken.iter().find(|it| it.partition == number).cloned();
            match of_it {
                Some(it) if it.error == 0 || it.error == DUPLICATE_SEQUENCE_NUMBER => {
                    if let Some(batch) = self.under_way.remove(partition) {
                        self.outbox.taken(batch.n_bytes, batch.bytes);
                    }
                }
                Some(it) if !may_pass(it.error) => {
                    return self.fail(self.refused(&it));
                }
                it => self.later(*partition, it),
            }
        }
        Ok(())
    }

    /// A batch goes out again later, and to whoever leads its partition then.
    fn later(&mut self, partition: usize, refusal: Option<Taken>) {
        self.is_doubtful |= refusal.is_some();
        if let Some(batch) = self.under_way.get_mut(&partition) {
            batch.later(refusal);
            let soon = self.asked_at.map(|asked_at| asked_at + ASK_APART);
            self.ask_from = self
                .ask_from
                .min(batch.from)
                .max(soon.unwrap_or(batch.from));
        }
    }

    /// A connection was lost, or not made: its batches go out again.
    fn lost(&mut self, leader: i32, partitions: &[usize], trouble: Trouble) -> Outcome {
        self.connections.remove(&leader);
        match trouble {
            Trouble::Lost(_) if self.stop.is_stopped() => return Err(Ended),
            // Brokers end connections over which nothing has come for a while: the first loss says
            // nothing of the broker.
            Trouble::Lost(reason) => {
                let has_tried = |it: &usize| {
                    self.under_way
                        .get(it)
                        .is_some_and(|batch| batch.attempts > 0)
                };
                // While another broker takes batches it is a matter of that one.
                if self.connections.is_empty() && partitions.iter().any(has_tried) {
                    self.health.failed(&reason);
                }
                self.reason = Some(reason);
            }
            Trouble::Refused(error) | Trouble::Foreign(error) => return self.fail(error),
        }
        for partition in partitions {
            self.later(*partition, None);
        }
        Ok(())
    }

    /// Ends the run if a batch has not been taken for too long.
    fn give_up_on_old(&self) -> Outcome {
        let within = self.settings.deliver_within;
        let is_old = |batch: &&UnderWay| batch.attempts > 0 && batch.since.elapsed() > within;
        let Some(old) = self.under_way.values().find(is_old) else {
            return Ok(());
        };
        self.fail(match &old.refusal {
            Some(refusal) => self.refused(refusal),
            None => self.not_delivered(self.reason.as_deref()),
        })
    }

    /// A broker does not take a batch.
    fn refused(&self, taken: &Taken) -> Error {
        let (topic, partition) = (&self.topic, taken.partition);
        if LOST_TRACK.contains(&taken.error) {
            let what = format!(
                "the broker does not know any more what of `{topic}`[{partition}] was sent (error {})",
                taken.error
            );
            return Error::new(Code::BrokerFailed, what)
                .help("nothing since the last commit is lost: start the job again");
        }
        if taken.error == codes::UNKNOWN_TOPIC_OR_PARTITION {
            return super::no_topic(topic);
        }
        let what = format!("messages could not be delivered to `{topic}`[{partition}]");
        let error = failures::of_broker(what, taken.error);
        match &taken.reason {
            Some(reason) => error.caused_by(reason.clone()),
            None => error,
        }
    }

    fn not_delivered(&self, reason: Option<&str>) -> Error {
        let seconds = self.settings.deliver_within.as_secs_f64();
        let what = format!(
            "no broker has taken the messages for `{}` within {seconds} s",
            self.topic
        );
        Error::new(Code::BrokerUnreachable, what)
            .caused_by(reason.unwrap_or("no reason given").to_owned())
            .help("nothing since the last commit is lost: start the job again when the cluster is back")
    }
}

impl UnderWay {
    fn later(&mut self, refusal: Option<Taken>) {
        self.attempts += 1;
        self.from = Instant::now() + backoff::pause(self.attempts);
        self.refusal = refusal;
    }
}

/// The number of a partition as requests have it.
fn number(partition: usize) -> i32 {
    i32::try_from(partition).unwrap_or(i32::MAX)
}

/// The number behind so many records: it begins anew behind the largest there is.
fn behind(first: i32, n_records: usize) -> i32 {
    let n_records = i32::try_from(n_records).unwrap_or(i32::MAX);
    first.wrapping_add(n_records) & i32::MAX
}

/// A broker has the batch already.
const DUPLICATE_SEQUENCE_NUMBER: i16 = 46;

/// Out of order, another life of the producer, a producer that is not known.
const LOST_TRACK: [i16; 3] = [45, 47, 59];

/// Whether a batch that was not taken for this reason may be taken later.
fn may_pass(code: i16) -> bool {
    matches!(
        code,
        // The topic is not known yet; nobody leads, somebody else leads; too slow; disconnected.
        codes::UNKNOWN_TOPIC_OR_PARTITION | codes::LEADER_NOT_AVAILABLE | 6 | 7 | 8 | 9 | 13
        // Damaged on the way: it goes out again as it was.
        | 2
        // A coordinator that loads, is not there, or is another one.
        | 14 | 15 | 16
        // Too few replicas, before and after the append; a disk; two at a time.
        | 19 | 20 | 51 | 56
        // Another epoch of the leader.
        | 74 | 75
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_begin_anew_behind_the_largest() {
        assert_eq!(behind(5, 3), 8);
        assert_eq!(behind(i32::MAX, 1), 0);
        assert_eq!(behind(i32::MAX - 1, 5), 3);
    }
}
