//! Sends messages at a constant rate, each at its scheduled time or as soon after it as it can.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::producer::Producer as _;

use super::produce::{FLUSH, SENDS_PER_POLL, send};
use super::{Admin, Compression, Message};

/// Batches are held back for a millisecond at most, and nothing is resent.
const AT_ONCE: [(&str, &str); 3] = [
    ("enable.idempotence", "false"),
    ("acks", "1"),
    ("linger.ms", "1"),
];

/// When messages are to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// When the first one is.
    pub begin: Instant,
    /// How many of them in a second.
    pub per_second: u32,
    /// How many in all.
    pub count: u32,
}

impl Schedule {
    /// How long after the beginning a message is to be sent, counted from 0.
    pub fn since_begin(&self, number: u32) -> Duration {
        Duration::from_nanos(u64::from(number) * 1_000_000_000 / u64::from(self.per_second))
    }
}

impl Admin {
    /// Sends the messages that `message` makes of their numbers, and returns when the broker has
    /// them all. A sender that is late catches up at once: the schedule does not move.
    ///
    /// # Panics
    ///
    /// If one could not be delivered.
    pub fn send_paced(
        &self,
        topic: &str,
        schedule: Schedule,
        mut message: impl FnMut(u32) -> Message,
    ) {
        let producer = self.producer(Compression::None, &AT_ONCE);
        for number in 0..schedule.count {
            let at = schedule.begin + schedule.since_begin(number);
            let early = at.saturating_duration_since(Instant::now());
            if !early.is_zero() {
                producer.poll(Duration::ZERO);
                thread::sleep(early);
            } else if u64::from(number).is_multiple_of(SENDS_PER_POLL) {
                producer.poll(Duration::ZERO);
            }
            send(&producer, topic, &message(number));
        }
        producer
            .flush(FLUSH)
            .unwrap_or_else(|error| panic!("cannot flush to `{topic}`: {error}"));
        producer.context().check(topic, schedule.count.into());
    }
}
