//! Items on their way to the worker that owns their key: a stage whose results depend on the order of
//! a key's items works on them there, in the next round.

use std::time::Instant;

use super::Compact;
use super::groups::owner;
use super::key::{KeptKey, Key};

/// The items that one worker has for a stage, by the worker that they go to.
#[derive(Debug)]
pub struct Lane<K, C> {
    parcels: Vec<Vec<Sent<K, C>>>,
    /// Whether all items go to one worker, whatever their keys.
    goes_to_one: bool,
    n_waiting: usize,
    /// Since when the first of them has waited.
    since: Option<Instant>,
    /// When the batch at hand was read, by the clock.
    read_at_ms: Option<i64>,
}

/// An item on its way.
#[derive(Debug)]
pub struct Sent<K, C> {
    /// Where its record stands.
    pub(crate) at: At,
    /// Its own time, where it has one.
    pub time_ms: i64,
    /// Its key.
    pub key: K,
    /// The item itself, or its value.
    pub item: C,
}

/// Where a record stands: items of a round are worked on in this order, whatever the number of
/// workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    pub(crate) offset: i64,
    /// The partition, by its number among those of the run.
    pub(crate) partition: u32,
}

/// Behind the offsets of all records.
const TIMERS: i64 = 1 << 62;

impl At {
    /// Where an item of a timer stands: behind those of records, by its time and then by a number of
    /// its key.
    pub(crate) fn of_timer(time_ms: i64, number: u64) -> Self {
        let half = TIMERS / 2;
        let [_, _, _, _, bytes @ ..] = number.to_le_bytes();
        At {
            offset: TIMERS.saturating_add(time_ms.clamp(-half, half)),
            // No partition of the run has such a number.
            partition: u32::from_le_bytes(bytes) | 1 << 31,
        }
    }
}

impl<K, C> Default for Lane<K, C> {
    fn default() -> Self {
        Lane {
            parcels: Vec::new(),
            goes_to_one: false,
            n_waiting: 0,
            since: None,
            read_at_ms: None,
        }
    }
}

impl<K: KeptKey, C> Lane<K, C> {
    /// The way to the one worker that has all keys.
    pub(crate) fn to_one() -> Self {
        Lane {
            goes_to_one: true,
            ..Self::default()
        }
    }

    #[inline]
    pub(crate) fn send(&mut self, workers: usize, sent: Sent<K, C>) {
        let to = if workers == 1 || self.goes_to_one {
            0
        } else {
            owner(&sent.key, workers)
        };
        if self.parcels.len() < workers {
            self.parcels.resize_with(workers, Vec::new);
        }
        if let Some(parcel) = self.parcels.get_mut(to) {
            parcel.push(sent);
            self.n_waiting += 1;
        }
    }

    /// When the batch at hand was read: when that was first asked.
    #[inline]
    pub(crate) fn read_at_ms(&mut self, now_ms: impl FnOnce() -> i64) -> i64 {
        *self.read_at_ms.get_or_insert_with(now_ms)
    }

    /// How many items wait, and since when, at the end of a batch.
    pub(crate) fn waiting(&mut self) -> (usize, Option<Instant>) {
        self.read_at_ms = None;
        if self.n_waiting > 0 && self.since.is_none() {
            self.since = Some(Instant::now());
        }
        (self.n_waiting, self.since)
    }

    /// Takes everything out, by the worker that it goes to.
    pub(crate) fn take(&mut self) -> Vec<Vec<Sent<K, C>>> {
        self.n_waiting = 0;
        self.since = None;
        std::mem::take(&mut self.parcels)
    }
}

/// Something that outlives its record, and is given to the stage behind as it was.
pub trait Carried: Send + 'static {
    /// What the stage gets.
    type Given<'c>
    where
        Self: 'c;

    /// Gives it. Called once.
    fn give(&mut self) -> Option<Self::Given<'_>>;
}

/// A text that was lent by a record.
#[derive(Debug)]
pub struct CarriedText(pub(crate) Compact<str>);

impl Carried for CarriedText {
    type Given<'c> = &'c str;

    fn give(&mut self) -> Option<&str> {
        Some(self.0.lend())
    }
}

/// Bytes that were lent by a record.
#[derive(Debug)]
pub struct CarriedBytes(pub(crate) Compact<[u8]>);

impl Carried for CarriedBytes {
    type Given<'c> = &'c [u8];

    fn give(&mut self) -> Option<&[u8]> {
        Some(self.0.lend())
    }
}

/// Anything that is owned.
#[derive(Debug)]
pub struct CarriedValue<V>(pub(crate) Option<V>);

impl<V: Send + 'static> Carried for CarriedValue<V> {
    type Given<'c> = V;

    fn give(&mut self) -> Option<V> {
        self.0.take()
    }
}

impl CarriedText {
    pub(crate) fn new(text: &str) -> Self {
        CarriedText(text.keep_short().unwrap_or_else(|| text.keep()))
    }
}

impl CarriedBytes {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        CarriedBytes(bytes.keep_short().unwrap_or_else(|| bytes.keep()))
    }
}
