//! Items that come too late, where more is done with them than to count them.
//!
//! Most stages know it when the item comes: what is late is so by the round before. Of sessions all
//! items of a round must be there, on the worker that owns their key: what may be late goes there too,
//! beside its session.

use std::marker::PhantomData;

use super::letters::too_late;
use super::ordered::arrivals;
use super::states::came_late;
use crate::record::Record;
use crate::sink::kafka::KafkaWriter;
use crate::state::{
    IntervalJoin, KeptKey, Lane, Mailbox, Sent, Sessions, SlidingWindows, WindowsOfChanges,
};
use crate::worker::{KeptLetter, Letter, Outcome, Worker};

/// State that an item goes to on the worker that owns its key, and that knows before whether it is
/// late: time has come equally far on all workers.
pub trait KnowsLate {
    /// Whether an item comes too late.
    fn is_late(&mut self, time_ms: i64) -> bool;
}

impl<K: KeptKey, V> KnowsLate for SlidingWindows<K, V> {
    #[inline]
    fn is_late(&mut self, time_ms: i64) -> bool {
        SlidingWindows::is_late(self, time_ms)
    }
}

impl<K: KeptKey, L, R> KnowsLate for IntervalJoin<K, L, R> {
    #[inline]
    fn is_late(&mut self, time_ms: i64) -> bool {
        IntervalJoin::is_late(self, time_ms)
    }
}

impl KnowsLate for WindowsOfChanges {
    #[inline]
    fn is_late(&mut self, time_ms: i64) -> bool {
        WindowsOfChanges::is_late(self, time_ms)
    }
}

/// Counts an item that comes too late; returns whether it does.
#[inline]
pub fn comes_late(
    worker: &Worker<'_>,
    stage: usize,
    state: &mut impl KnowsLate,
    time_ms: i64,
) -> bool {
    let is_late = state.is_late(time_ms);
    if is_late {
        came_late(worker, stage);
    }
    is_late
}

/// The values that both sides of a join have, for what comes too late of either.
#[derive(Debug)]
pub struct LateSides<L, R>(PhantomData<fn() -> (L, R)>);

/// Values that are found out where items come.
#[inline]
pub fn late_sides<L, R>() -> LateSides<L, R> {
    LateSides(PhantomData)
}

/// A value of the left side, as a `full_join` gives one that meets nothing.
#[inline]
pub fn late_left<L, R>(_sides: &LateSides<L, R>, value: L) -> (Option<L>, Option<R>) {
    (Some(value), None)
}

/// The same of the right side.
#[inline]
pub fn late_right<L, R>(_sides: &LateSides<L, R>, value: R) -> (Option<L>, Option<R>) {
    (None, Some(value))
}

/// Remembers the sessions of each round that are late.
pub fn keep_late<K: KeptKey, V>(sessions: &mut Sessions<K, V>) {
    sessions.keep_late();
}

/// Whether an item is late if it touches no open session.
#[inline]
pub fn may_be_late<K: KeptKey, V>(sessions: &Sessions<K, V>, time_ms: i64) -> bool {
    sessions.may_be_late(time_ms)
}

/// The items of a round that are late, in the order of their records: of those that may be, the ones
/// that have touched no open session.
pub fn late_of_sessions<K: KeptKey, V, C>(
    worker: &mut Worker<'_>,
    exchange: &Mailbox<Sent<K, C>>,
    lane: &mut Lane<K, C>,
    sessions: &mut Sessions<K, V>,
) -> Outcome<Vec<Sent<K, C>>> {
    let mut arrived = arrivals(worker, exchange, lane)?;
    let late = sessions.take_late();
    arrived.retain(|sent| late.has(&sent.key, sent.time_ms));
    Ok(arrived)
}

/// Keeps the record at hand for the dead letters.
#[cold]
pub fn kept_record(record: &Record<'_>) -> KeptLetter {
    KeptLetter::of_record(record)
}

/// Keeps an item that has been shown to the dead letters.
#[cold]
pub fn kept_shown(letters: &mut KafkaWriter) -> KeptLetter {
    KeptLetter::Shown(letters.take_written())
}

/// Writes what was kept of an item that is late to the dead letters.
#[cold]
pub fn bury_late_kept(
    worker: &mut Worker<'_>,
    (stage, time_ms): (usize, i64),
    letters: &mut KafkaWriter,
    kept: &KeptLetter,
) -> Outcome {
    worker.bury_late(stage, too_late(time_ms), letters, Letter::Kept(kept))
}
