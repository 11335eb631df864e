//! Sends records to a topic as whole batches, over connections of its own.
//!
//! librdkafka makes an object of every message, which costs many times what it takes to write the
//! message into a batch. Here a worker writes into the open batch of each partition, and a thread
//! sends what there is as soon as the batch before it has been taken: alone where little comes, in
//! large batches where much does.
//!
//! ```text
//! worker ── records ──► outbox: a lane for each partition ──► courier ──► carriers ── Produce ──► leaders
//!        ◄── room ────  (open batch, full batches)                    ◄──          ◄── taken ──
//! ```
//!
//! Each worker has an outbox, a courier and a producer's number of its own for each topic it sends
//! to. One batch of a partition is under way at a time, and goes out again, unchanged, until a broker
//! has taken it: brokers know the numbers, and take it once. What a lane holds arrives in order.
//!
//! There is a carrier for each broker that leads partitions, and one request at a time that he waits
//! for: meanwhile what is for that broker gathers in the lanes, and the next request takes all of it.

mod asked;
mod carrier;
mod courier;
mod lanes;
mod outbox;
mod refusals;
mod scout;
mod settings;
mod threads;
mod turns;
mod under_way;
mod words;

pub(super) use carrier::version;
pub(crate) use settings::SendSettings;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use self::courier::Courier;
use self::outbox::{Flushing, Outbox};
use super::brokers::Brokers;
use super::codes;
use super::connection::Trouble;
use super::health::Health;
use super::stop::Stop;
use crate::batch::NewRecord;
use crate::error::{Code, Error, Result};
use crate::kafka::failures;

/// One worker's way to a topic. Dropped, it gives up what has not been taken.
#[derive(Debug)]
pub(crate) struct Sender {
    outbox: Arc<Outbox>,
    stop: Arc<Stop>,
}

/// What is to be taken before offsets are committed.
#[derive(Debug, Clone)]
pub(crate) struct Pending(Arc<Outbox>);

impl Sender {
    /// Starts to send to a topic of so many partitions.
    pub(in crate::kafka) fn start(
        settings: &Arc<SendSettings>,
        health: Arc<Health>,
        topic: &Arc<str>,
        n_partitions: usize,
    ) -> Result<Self> {
        let outbox = Arc::new(Outbox::new(settings, topic, n_partitions));
        let stop = Arc::<Stop>::default();
        let sender = Sender { outbox, stop };
        let courier = Courier::new(settings, health, topic, &sender.outbox, &sender.stop)?;
        let outbox = Arc::clone(&sender.outbox);
        threads::start("streamflow-send", outbox, move || courier.run())?;
        Ok(sender)
    }

    /// Hands records over, waiting while too much is under way: the source then waits too.
    pub(crate) fn send<'r>(
        &self,
        now_ms: i64,
        records: impl Iterator<Item = NewRecord<'r>>,
    ) -> Result<()> {
        self.outbox.put(now_ms, records)
    }

    /// What of this sender is under way.
    pub(crate) fn pending(&self) -> Pending {
        Pending(Arc::clone(&self.outbox))
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.outbox.close();
        self.stop.stop();
    }
}

impl Pending {
    /// Returns when all that was sent has been taken: none waits for another one to be done before
    /// it sends all it has.
    pub(crate) fn flush(all: &[Pending]) -> Result<()> {
        let flushing = all.iter().map(|pending| pending.0.begin_flush());
        let flushing: Vec<_> = flushing.collect();
        flushing.into_iter().try_for_each(Flushing::wait)
    }

    /// Notes that what has been taken is being saved: a run that begins again does not bring it again.
    pub(crate) fn note_saved(&self) {
        self.0.note_saved();
    }
}

/// The number of a partition as requests have it.
fn number(partition: usize) -> i32 {
    i32::try_from(partition).unwrap_or(i32::MAX)
}

/// How many partitions a topic has that is to be written to; fails if there is no such topic.
pub(in crate::kafka) fn n_partitions(settings: &SendSettings, topic: &Arc<str>) -> Result<usize> {
    let stop = Arc::<Stop>::default();
    let mut brokers = Brokers::new(&settings.connecting, &stop);
    let begun = Instant::now();
    loop {
        match ask_for_partitions(&mut brokers, topic) {
            // A topic that is just being made by the broker has no leader yet.
            Ok(Err(codes::LEADER_NOT_AVAILABLE)) if begun.elapsed() < MADE_WITHIN => {
                thread::sleep(Duration::from_millis(100));
            }
            Ok(Ok(0) | Err(codes::UNKNOWN_TOPIC_OR_PARTITION)) => return Err(no_topic(topic)),
            Ok(Ok(n_partitions)) => return Ok(n_partitions),
            Ok(Err(code)) => {
                let what = format!("cannot write to the topic `{topic}`");
                return Err(failures::of_broker(what, code));
            }
            Err(error) => return Err(error),
        }
    }
}

/// How long a topic may take to be made.
const MADE_WITHIN: Duration = Duration::from_secs(6);

fn ask_for_partitions(brokers: &mut Brokers, topic: &Arc<str>) -> Result<Result<usize, i16>> {
    let metadata = match brokers.ask(std::slice::from_ref(topic)) {
        Ok(metadata) => metadata,
        Err(Trouble::Refused(error) | Trouble::Foreign(error)) => return Err(error),
        Err(Trouble::Lost(reason)) => {
            let what = format!("no broker says where the topic `{topic}` is");
            return Err(Error::new(Code::BrokerUnreachable, what)
                .caused_by(reason)
                .help("check the address (`--brokers host:port`) and that the cluster is up"));
        }
    };
    Ok(metadata.n_partitions(topic))
}

fn no_topic(topic: &str) -> Error {
    let what = format!("there is no topic `{topic}` to write to");
    Error::new(Code::UnknownOutput, what).help(format!(
        "create it, for example: kafka-topics.sh --create --topic {topic}"
    ))
}
