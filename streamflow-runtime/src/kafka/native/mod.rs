//! Fetches the records of a cluster's topics over connections of its own, as the bytes they are.
//!
//! librdkafka makes an object of every record, which costs several times what a job does with it.
//! Here a response of a broker stays one buffer, and the loop of the job walks the batches in it.
//!
//! ```text
//!            partitions without a leader that is known
//!          ┌───────────────────────────────────────────┐
//!          ▼                                           │
//!     dispatcher ── partitions ──► fetcher of broker 1 ┤── buffers ──► reader (the worker's
//!      (Metadata)                  fetcher of broker 2 ┘◄── buffers ──  thread: checks, unpacks,
//!                                     (Fetch)                           walks)
//! ```
//!
//! Each worker has a dispatcher and a fetcher for each broker that leads one of its partitions. A
//! fetcher has two buffers: while the worker walks one, the other is filled, and the next request
//! is on its way before either is looked at. With both buffers full nothing more is read, and the
//! broker waits: that is all the back-pressure there is, and all the memory.
//!
//! A fetcher ends with its connection, and whenever a broker says of a partition that it does not
//! lead it: the partition goes back to the dispatcher, which asks the cluster anew.

pub(super) mod backoff;
mod brokers;
mod connection;
mod dispatcher;
mod fetched;
mod fetcher;
mod health;
mod inbox;
mod login;
mod probe;
mod protocol;
pub(super) mod security;
mod sending;
mod settings;
mod stop;
#[cfg(feature = "tls")]
pub(super) mod tls;
mod transport;
mod truncation;
mod wire;

pub(crate) use dispatcher::Dispatcher;
pub(crate) use fetched::{Fetched, FoundIn};
pub(super) use health::Health;
pub(super) use probe::in_the_way;
pub(super) use sending::n_partitions;
pub(crate) use sending::{Pending, SendSettings, Sender};
pub(crate) use settings::Settings;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::failures;
use crate::error::Error;

/// A partition on its way: whoever has it is the one who fetches it.
#[derive(Debug, Clone)]
pub(crate) struct Assigned {
    /// The place of the partition among those of its reader.
    pub(crate) index: usize,
    pub(crate) topic: Arc<str>,
    pub(crate) partition: i32,
    /// The first offset not yet fetched.
    pub(crate) next_offset: i64,
    /// Nothing is fetched from here on; the largest number there is where the run has no end.
    pub(crate) end_offset: i64,
    /// The epoch of the leader as the cluster knew it, or -1: a broker that has been deposed, or
    /// does not know yet that it leads, refuses a request with another one.
    leader_epoch: i32,
    /// The epoch of the leader that took the records read last, or -1; and the epoch of the leader
    /// whose log is known to hold them.
    last_epoch: i32,
    checked_epoch: i32,
    /// The most bytes of it in one response. Grows where a single batch is larger.
    most_bytes: i32,
    /// How often in a row it could not be fetched.
    attempts: u32,
    /// Since when the cluster has not known it, or has said what was true once.
    unknown_since: Option<std::time::Instant>,
    hold: Hold,
}

/// Whether a partition is still its reader's: a reader may let go of it while it is fetched.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hold(Arc<AtomicBool>);

impl Hold {
    /// Nothing more of the partition is wanted.
    pub(crate) fn let_go(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_let_go(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Assigned {
    /// A partition that nobody has fetched yet.
    pub(crate) fn new(
        index: usize,
        topic: Arc<str>,
        partition: i32,
        next_offset: i64,
        end_offset: i64,
    ) -> Self {
        Assigned {
            index,
            topic,
            partition,
            next_offset,
            end_offset,
            leader_epoch: protocol::NO_LEADER_EPOCH,
            last_epoch: protocol::NO_LEADER_EPOCH,
            checked_epoch: protocol::NO_LEADER_EPOCH,
            most_bytes: 0,
            attempts: 0,
            unknown_since: None,
            hold: Hold::default(),
        }
    }

    /// The same, for as long as its reader holds it.
    #[must_use]
    pub(crate) fn held(mut self, hold: &Hold) -> Self {
        self.hold = hold.clone();
        self
    }

    /// Whether there is something left to fetch, and somebody who wants it.
    fn is_wanted(&self) -> bool {
        self.next_offset < self.end_offset && !self.hold.is_let_go()
    }

    /// Whether an epoch of a leader is one before that which was read, or spoken with, already:
    /// the broker that told it is behind, or the topic is another one of the same name.
    fn is_behind(&self, leader_epoch: i32) -> bool {
        let known = self.leader_epoch.max(self.last_epoch);
        (0..known).contains(&leader_epoch)
    }

    fn place(&self) -> String {
        format!(
            "`{}`[{}] at offset {}",
            self.topic, self.partition, self.next_offset
        )
    }
}

/// What a reader hears from its fetchers and its dispatcher.
#[derive(Debug)]
pub(crate) enum Event {
    /// Records of some partitions.
    Fetched(Fetched),
    /// The log of a partition has not got the offset that is wanted.
    OutOfRange {
        /// The place of the partition among those of the reader.
        index: usize,
        /// The offset.
        offset: i64,
    },
    /// A partition cannot be read, and trying again would not help.
    Failed(Error),
}

/// What is done about an error of a broker about one partition.
#[derive(Debug)]
enum Verdict {
    /// The cluster is asked who leads it now.
    AskAnew,
    /// Its log has not got the wanted offset.
    OutOfRange,
    /// The run ends.
    Give(Error),
}

/// Error codes of the protocol that are told from the rest here.
mod codes {
    pub(super) const OFFSET_OUT_OF_RANGE: i16 = 1;
    pub(super) const UNKNOWN_TOPIC_OR_PARTITION: i16 = 3;
    pub(super) const LEADER_NOT_AVAILABLE: i16 = 5;
    pub(super) const UNSUPPORTED_COMPRESSION: i16 = 76;
}

impl Verdict {
    fn of(partition: &Assigned, code: i16) -> Self {
        match code {
            codes::OFFSET_OUT_OF_RANGE => Verdict::OutOfRange,
            // It may have moved, or be deleted: the cluster knows, a single broker does not.
            codes::UNKNOWN_TOPIC_OR_PARTITION => Verdict::AskAnew,
            codes::UNSUPPORTED_COMPRESSION => Verdict::Give(cannot_read(partition, code)),
            _ if failures::may_pass_at_broker(code) => Verdict::AskAnew,
            _ => Verdict::Give(cannot_read(partition, code)),
        }
    }
}

/// The error that an error code of a broker about a partition is.
fn cannot_read(partition: &Assigned, code: i16) -> Error {
    failures::of_broker("cannot read a partition", code).at(partition.place())
}

#[cfg(test)]
mod tests;
