//! Brings the batches of an outbox to the brokers that lead their partitions, until each is taken.
//!
//! He waits for no broker himself: a carrier for each of them does, and a scout for the cluster. So a
//! broker that is silent, or away, holds up the partitions that it leads, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use super::asked::Asked;
use super::carrier::{Carrier, Errand, NotTaken, Returned};
use super::lanes::Waiting;
use super::outbox::Outbox;
use super::refusals::{self, may_pass};
use super::scout::{Question, Scout};
use super::settings::SendSettings;
use super::under_way::{Numbers, UnderWay};
use super::words::{Tells, Word};
use super::{number, turns};
use crate::batch::Packer;
use crate::error::{Code, Error};
use crate::kafka::failures;
use crate::kafka::native::brokers::Brokers;
use crate::kafka::native::connection::Trouble;
use crate::kafka::native::health::Health;
use crate::kafka::native::protocol::{Api, Metadata, ProducerId, Taken};
use crate::kafka::native::stop::Stop;

/// How long a broker may take, at most, before the cluster is asked whether others lead its
/// partitions by now.
const SILENT_AFTER: Duration = Duration::from_secs(5);

/// Sends for one worker to one topic.
#[derive(Debug)]
pub(super) struct Courier {
    settings: Arc<SendSettings>,
    health: Arc<Health>,
    topic: Arc<str>,
    outbox: Arc<Outbox>,
    stop: Arc<Stop>,
    packer: Packer,
    /// At most one for each partition.
    under_way: BTreeMap<usize, UnderWay>,
    numbers: BTreeMap<usize, Numbers>,
    carriers: BTreeMap<i32, Carrier>,
    /// The brokers that have answered when they were sent something last.
    answering: BTreeSet<i32>,
    scout: Scout,
    /// Who we are to brokers, once one of them has said it.
    id: Option<ProducerId>,
    id_asked: Asked,
    /// What the cluster said last.
    metadata: Metadata,
    leaders_asked: Asked,
    /// Whether what the cluster said last has turned out wrong.
    is_doubtful: bool,
    tells: Tells,
    words: Receiver<Word>,
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
    ) -> Result<Self, Error> {
        let (sender, words) = mpsc::channel();
        let tells = Tells {
            outbox: Arc::clone(outbox),
            words: sender,
        };
        let brokers = Brokers::new(&settings.connecting, stop);
        Ok(Courier {
            settings: Arc::clone(settings),
            health,
            topic: Arc::clone(topic),
            outbox: Arc::clone(outbox),
            stop: Arc::clone(stop),
            packer: Packer::new(settings.codec),
            under_way: BTreeMap::new(),
            numbers: BTreeMap::new(),
            carriers: BTreeMap::new(),
            answering: BTreeSet::new(),
            scout: Scout::start(brokers, topic, &tells)?,
            id: None,
            id_asked: Asked::never(),
            metadata: Metadata::default(),
            leaders_asked: Asked::never(),
            is_doubtful: false,
            tells,
            words,
            reason: None,
        })
    }

    pub(super) fn run(mut self) {
        while self.deliver().is_ok() {}
    }

    /// Waits until there is something to send, or to hear, and does about it what can be done now.
    fn deliver(&mut self) -> Outcome {
        let due = self.due();
        let is_free =
            |partition| !self.under_way.contains_key(&partition) && self.may_go(partition);
        let new = self.outbox.next(is_free, due).ok_or(Ended)?;
        while let Ok(word) = self.words.try_recv() {
            self.hear(word)?;
        }
        self.take_in(new);
        self.ask();
        self.send_out()?;
        self.give_up_on_old()
    }

    /// Whether a batch for a partition would go out now. Where nobody knows who leads it, it is the
    /// batch that makes us ask.
    fn may_go(&self, partition: usize) -> bool {
        let leader = self.metadata.leader(&self.topic, number(partition));
        leader.map_or(true, |leader| !self.is_out(leader.broker))
    }

    fn is_out(&self, broker: i32) -> bool {
        let carrier = self.carriers.get(&broker);
        carrier.is_some_and(|carrier| carrier.out_since.is_some())
    }

    /// When something is to be done even if nothing comes.
    fn due(&self) -> Option<Instant> {
        if self.under_way.is_empty() {
            return None;
        }
        if !self.knows_enough() {
            let asked = [
                self.id.is_none().then_some(&self.id_asked),
                self.metadata
                    .brokers
                    .is_empty()
                    .then_some(&self.leaders_asked),
            ];
            let to_ask = asked.into_iter().flatten().filter(|it| !it.is_under_way);
            return to_ask.map(|asked| asked.again_from).min();
        }
        let waiting = self.under_way.iter().filter(|(partition, batch)| {
            // A carrier that comes back is heard of.
            !batch.is_out() && self.may_go(**partition)
        });
        let waiting = waiting.map(|(_, batch)| batch.from).min();
        let silent = self.silent_from();
        waiting.into_iter().chain(silent).min()
    }

    /// When the cluster is to be asked as a broker takes so long.
    fn silent_from(&self) -> Option<Instant> {
        let since = self.carriers.values().filter_map(|it| it.out_since).min()?;
        let asked = &self.leaders_asked;
        let since = asked.at.map_or(since, |at| at.max(since));
        let silent_after = SILENT_AFTER.min(self.settings.connecting.answer_within);
        (!asked.is_under_way).then(|| since + silent_after)
    }

    /// Whether it is known who we are, and of any broker.
    fn knows_enough(&self) -> bool {
        self.id.is_some() && !self.metadata.brokers.is_empty()
    }

    /// Ends the run: something cannot be delivered.
    fn fail<T>(&self, error: Error) -> Outcome<T> {
        self.outbox.fail(error);
        Err(Ended)
    }

    fn take_in(&mut self, new: Vec<(usize, Waiting)>) {
        let new = new.into_iter();
        self.under_way
            .extend(new.map(|(partition, waiting)| (partition, UnderWay::new(waiting))));
    }

    /// Asks the cluster what is not known, or may have changed.
    fn ask(&mut self) {
        let now = Instant::now();
        if self.under_way.is_empty() {
            return;
        }
        if self.id.is_none() && self.id_asked.is_due(now) {
            self.id_asked.begin(now);
            self.scout.ask(Question::Id);
        }
        let is_silent = self.silent_from().is_some_and(|from| from <= now);
        if self.leaders_asked.is_due(now) || is_silent {
            self.leaders_asked.begin(now);
            self.scout.ask(if std::mem::take(&mut self.is_doubtful) {
                Question::LeadersElsewhere
            } else {
                Question::Leaders
            });
        }
    }

    fn hear(&mut self, word: Word) -> Outcome {
        match word {
            Word::Returned(returned) => self.settle(returned),
            Word::Leaders(Ok(metadata)) => {
                self.leaders_asked.answered();
                if let Ok(n_partitions) = metadata.n_partitions(&self.topic) {
                    self.outbox.grow(n_partitions);
                }
                // Whoever is still on an errand brings his batches back, with or without his place.
                self.carriers.retain(|id, carrier| {
                    metadata.broker(*id).is_some() || carrier.out_since.is_some()
                });
                self.answering.retain(|id| metadata.broker(*id).is_some());
                self.metadata = metadata;
                Ok(())
            }
            Word::Leaders(Err(trouble)) => {
                let reason = self.not_told(trouble)?;
                self.leaders_asked.failed();
                self.reason = Some(reason);
                Ok(())
            }
            Word::Id(Ok(Ok(id))) => {
                self.id = Some(id);
                Ok(())
            }
            Word::Id(Ok(Err(code))) if !may_pass(code) => {
                let what = format!("cannot send to the topic `{}`", self.topic);
                self.fail(failures::of_broker(what, code))
            }
            Word::Id(Ok(Err(code))) => {
                let reason = format!("error {code} to {}", Api::ProducerId.name());
                self.health.failed(&reason);
                self.id_asked.failed();
                self.reason = Some(reason);
                Ok(())
            }
            Word::Id(Err(trouble)) => {
                let reason = self.not_told(trouble)?;
                self.id_asked.failed();
                self.reason = Some(reason);
                Ok(())
            }
        }
    }

    /// Why the cluster does not say what it was asked, if it may later.
    fn not_told(&self, trouble: Trouble) -> Outcome<String> {
        match trouble {
            Trouble::Refused(error) | Trouble::Foreign(error) => self.fail(error),
            Trouble::Lost(_) if self.stop.is_stopped() => Err(Ended),
            Trouble::Lost(reason) => {
                self.health.failed(&reason);
                Ok(reason)
            }
        }
    }

    /// Gives each carrier who is there what may go to his broker now.
    fn send_out(&mut self) -> Outcome {
        let Some(id) = self.id.filter(|_| self.knows_enough()) else {
            return Ok(());
        };
        for (leader, partitions) in self.by_leader()? {
            let Some(broker) = self.metadata.broker(leader).cloned() else {
                self.reason = Some("the leader is not known".to_owned());
                for partition in partitions {
                    self.later(partition, None);
                }
                continue;
            };
            let carrier = match self.carriers.remove(&leader) {
                Some(known) => known,
                None => {
                    match Carrier::start(&self.settings, &self.topic, &self.stop, &self.tells) {
                        Ok(started) => started,
                        Err(error) => return self.fail(error),
                    }
                }
            };
            let carrier = self.carriers.entry(leader).or_insert(carrier);
            let (packer, numbers) = (&mut self.packer, &mut self.numbers);
            let under_way = &mut self.under_way;
            let (chosen, next) = turns::chosen(&partitions, carrier.first, |partition| {
                let numbers = numbers.entry(partition).or_default();
                let batch = under_way.get_mut(&partition);
                batch.map_or(0, |batch| batch.pack(packer, id, numbers))
            });
            carrier.first = next;
            let batches = chosen.into_iter().filter_map(|partition| {
                let batch = under_way.get_mut(&partition)?;
                Some((partition, batch.hand_out()?))
            });
            let batches = batches.collect();
            carrier.send_out(Errand { broker, batches });
        }
        Ok(())
    }

    /// The partitions whose batches may go out now, by the broker that leads them.
    fn by_leader(&mut self) -> Outcome<BTreeMap<i32, Vec<usize>>> {
        let now = Instant::now();
        let mut found: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
        let mut without = Vec::new();
        for (partition, batch) in &self.under_way {
            if batch.is_out() || batch.from > now {
                continue;
            }
            match self.metadata.leader(&self.topic, number(*partition)) {
                Ok(leader) if self.is_out(leader.broker) => {}
                Ok(leader) => found.entry(leader.broker).or_default().push(*partition),
                Err(error) => without.push((*partition, error)),
            }
        }
        for (partition, error) in without {
            let refusal = Taken {
                partition: number(partition),
                error,
                reason: None,
            };
            if !may_pass(error) {
                return self.fail(refusals::error(&self.topic, &refusal));
            }
            self.later(partition, Some(refusal));
        }
        Ok(found)
    }

    /// Does with each batch that a carrier brings back what the broker has said of it.
    fn settle(&mut self, returned: Returned) -> Outcome {
        let Returned {
            leader,
            batches,
            outcome,
        } = returned;
        if let Some(carrier) = self.carriers.get_mut(&leader) {
            carrier.out_since = None;
        }
        let were_sent = !matches!(&outcome, Err(not_taken) if !not_taken.were_sent);
        let mut partitions = Vec::with_capacity(batches.len());
        for (partition, bytes) in batches {
            if let Some(batch) = self.under_way.get_mut(&partition) {
                batch.put_back(bytes);
                batch.n_sent += u32::from(were_sent);
            }
            partitions.push(partition);
        }
        let taken = match outcome {
            Ok(taken) => taken,
            Err(not_taken) => return self.lost(leader, &partitions, not_taken),
        };
        self.health.answered();
        self.answering.insert(leader);
        for partition in partitions {
            let number = number(partition);
            let of_it = taken.iter().find(|it| it.partition == number).cloned();
            match of_it {
                Some(it) if it.error == 0 || it.error == refusals::DUPLICATE_SEQUENCE_NUMBER => {
                    self.taken(partition);
                }
                Some(it) if refusals::has_forgotten(it.error) => self.forgotten(partition, it)?,
                Some(it) if !may_pass(it.error) => {
                    return self.fail(refusals::error(&self.topic, &it));
                }
                it => self.later(partition, it),
            }
        }
        Ok(())
    }

    fn taken(&mut self, partition: usize) {
        if let Some(batch) = self.under_way.remove(&partition) {
            let n_saved = self.outbox.taken(batch.n_bytes, batch.into_bytes());
            self.numbers.entry(partition).or_default().taken_after = Some(n_saved);
        }
    }

    /// A broker does not know what was sent before a batch, as can be after all of it was deleted, or
    /// after the election of a leader that did not have it.
    ///
    /// The batch goes out again as the first one of another life, where that neither doubles nor
    /// loses anything: the broker has not got the batch, and what it had before is saved. What is not may
    /// be lost with its number, and only a run that begins again sends it again.
    fn forgotten(&mut self, partition: usize, refusal: Taken) -> Outcome {
        let numbers = self.numbers.entry(partition).or_default();
        let n_saved = self.outbox.n_saved();
        let is_saved = numbers.taken_after.is_none_or(|after| after < n_saved);
        let batch = self.under_way.get_mut(&partition);
        let has_begun = match (batch, self.id) {
            (Some(batch), Some(id)) if is_saved && batch.is_not_there() => {
                batch.begin_anew(id, numbers)
            }
            _ => false,
        };
        if !has_begun {
            return self.fail(refusals::error(&self.topic, &refusal));
        }
        tracing::warn!(
            "the broker does not know any more what of `{}`[{partition}] was sent (error {}): trying \
             on under another number",
            self.topic,
            refusal.error
        );
        self.later(partition, Some(refusal));
        Ok(())
    }

    /// A batch goes out again later, and to whoever leads its partition then.
    fn later(&mut self, partition: usize, refusal: Option<Taken>) {
        self.is_doubtful |= refusal.is_some();
        if let Some(batch) = self.under_way.get_mut(&partition) {
            batch.later(refusal);
            self.leaders_asked.again_by(batch.from);
        }
    }

    /// A connection was lost, or not made: its batches go out again.
    fn lost(&mut self, leader: i32, partitions: &[usize], not_taken: NotTaken) -> Outcome {
        self.answering.remove(&leader);
        match not_taken.trouble {
            Trouble::Lost(_) if self.stop.is_stopped() => return Err(Ended),
            // Brokers end connections over which nothing has come for a while: the first loss says
            // nothing of the broker.
            Trouble::Lost(reason) => {
                let under_way = &self.under_way;
                let has_tried =
                    |it: &usize| under_way.get(it).is_some_and(|batch| batch.attempts > 0);
                // While another broker takes batches it is a matter of that one.
                if self.answering.is_empty() && partitions.iter().any(has_tried) {
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
        let knows_enough = self.knows_enough();
        let is_old = |batch: &&UnderWay| {
            let has_tried = batch.attempts > 0 || !knows_enough;
            has_tried && !batch.is_out() && batch.since.elapsed() > within
        };
        let Some(old) = self.under_way.values().find(is_old) else {
            return Ok(());
        };
        self.fail(match &old.refusal {
            Some(refusal) => refusals::error(&self.topic, refusal),
            None => self.not_delivered(),
        })
    }

    fn not_delivered(&self) -> Error {
        let seconds = self.settings.deliver_within.as_secs_f64();
        let what = format!(
            "no broker has taken the messages for `{}` within {seconds} s",
            self.topic
        );
        let reason = self.reason.as_deref().unwrap_or("no reason given");
        Error::new(Code::BrokerUnreachable, what)
            .caused_by(reason.to_owned())
            .help("nothing since the last commit is lost: start the job again when the cluster is back")
    }
}
