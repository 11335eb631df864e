//! What `process` keeps for each key: its fields, and the timers that are set for it.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::cap::{self, Cap, Turn};
use super::groups::stable_hash;
use super::homing::Homing;
use super::image::{Restored, Saved, Stored};
use super::key::{KeptKey, Key, copy_of};
use super::keyed::{Keyed, Moved, Place, Unsettled};
use super::layout;
use super::parts::Parts;
use super::since::Around;

/// The time that timers go by.
pub trait TimerTime: 'static {
    /// What the layout of the state says of it: a timer of one is none of the other.
    const WORDS: &'static str;
}

/// Timers go by the clock.
#[derive(Debug)]
pub struct OnTheClock;

/// Timers go by the items' own time.
#[derive(Debug)]
pub struct InEventTime;

impl TimerTime for OnTheClock {
    const WORDS: &'static str = "with timers";
}

impl TimerTime for InEventTime {
    const WORDS: &'static str = "with timers of event time";
}

/// The states of the keys that one worker owns, and their timers.
#[derive(Debug)]
pub struct Processes<K, S, T> {
    table: Keyed<K, Timed<S>>,
    /// The timers of all keys in the order in which they fire: by their time, then by a number of
    /// the key, so that the order does not depend on how many workers share the keys.
    due: BTreeMap<(i64, u64), Vec<K>>,
    /// The keys in the order of their last use, where only so many are kept.
    cap: Option<Cap<K>>,
    /// When keys were last looked through for those that nobody uses any more.
    looked_ms: i64,
    time: PhantomData<T>,
}

/// What is kept for a key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "S: Deserialize<'de>"))]
pub struct Timed<S> {
    used_ms: i64,
    state: Option<S>,
    timers: BTreeSet<i64>,
    #[serde(skip)]
    turn: Turn,
}

impl<S> Timed<S> {
    fn new(used_ms: i64) -> Self {
        Timed {
            used_ms,
            state: None,
            timers: BTreeSet::new(),
            turn: Turn::default(),
        }
    }

    /// The fields, if the key has any.
    pub(crate) fn into_state(self) -> Option<S> {
        self.state
    }

    /// Whether nobody has used the key for so long. One that waits for a timer is in use.
    fn is_idle(&self, now_ms: i64, idle_ms: i64) -> bool {
        self.timers.is_empty() && now_ms.saturating_sub(self.used_ms) >= idle_ms
    }
}

/// The fields of a key, beside its timers.
#[derive(Debug)]
pub struct Timers;

impl Around for Timers {
    type Of<S: Stored> = Timed<S>;

    fn changed<Old: Stored, New: Stored>(
        whole: Timed<Old>,
        change: &impl Fn(Old) -> New,
    ) -> Timed<New> {
        Timed {
            used_ms: whole.used_ms,
            state: whole.state.map(change),
            timers: whole.timers,
            turn: whole.turn,
        }
    }
}

impl<K, S, T> Default for Processes<K, S, T> {
    fn default() -> Self {
        Processes {
            table: Keyed::default(),
            due: BTreeMap::new(),
            cap: None,
            looked_ms: i64::MIN,
            time: PhantomData,
        }
    }
}

impl<K: KeptKey, S, T> Processes<K, S, T> {
    /// Keeps only so many keys: those that were used last.
    pub(crate) fn keep_at_most(&mut self, cap: u64) {
        self.cap = Some(Cap::new(usize::try_from(cap).unwrap_or(usize::MAX)));
    }

    fn timed(&mut self, key: &K, used_ms: i64) -> &mut Timed<S> {
        let timed = match Key::place(&mut self.table, key.lend()) {
            Place::Known(timed, _) => timed,
            Place::New(new) => new.insert(Timed::new(used_ms)),
        };
        cap::used(self.cap.as_mut(), key, &mut timed.turn);
        timed
    }

    /// Forgets the key that nobody has used for longest, and takes its timers back, where there is no
    /// room for a new one. Tells whether it has.
    pub(crate) fn make_room(&mut self, key: &K) -> bool {
        let Some(cap) = self.cap.as_mut().filter(|cap| cap.is_full()) else {
            return false;
        };
        if self.table.get(key).is_some() {
            return false;
        }
        let first = cap.take_first();
        first.is_some_and(|first| {
            self.forget(&first);
            true
        })
    }

    /// The state of a key that is used at a time; a new one where there is none, or nobody has used
    /// the key for so long.
    pub(crate) fn state(
        &mut self,
        key: &K,
        used_ms: i64,
        idle_ms: Option<i64>,
        init: impl FnOnce() -> S,
    ) -> &mut S {
        let timed = self.timed(key, used_ms);
        if idle_ms.is_some_and(|idle_ms| timed.is_idle(used_ms, idle_ms)) {
            timed.state = None;
        }
        timed.used_ms = timed.used_ms.max(used_ms);
        timed.state.get_or_insert_with(init)
    }

    /// Sets a timer. One that is set twice for a time fires once.
    pub(crate) fn set(&mut self, key: &K, at_ms: i64, used_ms: i64) {
        if self.timed(key, used_ms).timers.insert(at_ms) {
            self.enqueue(at_ms, key);
        }
    }

    /// Sets a timer that does not fire in this run any more.
    pub(crate) fn set_for_later(&mut self, key: &K, at_ms: i64, used_ms: i64) {
        self.timed(key, used_ms).timers.insert(at_ms);
    }

    fn enqueue(&mut self, at_ms: i64, key: &K) {
        let place = (at_ms, stable_hash(key));
        let keys = self.due.entry(place).or_default();
        keys.push(key.lend().keep());
    }

    /// Takes a timer back, if it is set.
    pub(crate) fn cancel(&mut self, key: &K, at_ms: i64) {
        if let Place::Known(timed, _) = Key::place(&mut self.table, key.lend())
            && timed.timers.remove(&at_ms)
        {
            self.dequeue(at_ms, key);
        }
    }

    fn dequeue(&mut self, at_ms: i64, key: &K) {
        let place = (at_ms, stable_hash(key));
        if let Some(keys) = self.due.get_mut(&place) {
            keys.retain(|other| !other.is_same(key));
            if keys.is_empty() {
                self.due.remove(&place);
            }
        }
    }

    /// Forgets a key, and takes all its timers back.
    pub(crate) fn forget(&mut self, key: &K) {
        let Some(timed) = self.table.remove(key) else {
            return;
        };
        if let Some(cap) = &mut self.cap {
            cap.remove(timed.turn);
        }
        for at_ms in timed.timers {
            self.dequeue(at_ms, key);
        }
    }

    /// Begins anew with a key that was forgotten and has a timer.
    pub(crate) fn begin_anew(&mut self, key: &K, init: impl FnOnce() -> S) {
        if let Place::Known(timed, _) = Key::place(&mut self.table, key.lend()) {
            timed.state.get_or_insert_with(init);
        }
    }

    /// Takes out the next timer that is set for a time up to this one.
    pub(crate) fn next_due(&mut self, up_to_ms: i64) -> Option<(i64, K)> {
        let mut first = self.due.first_entry()?;
        let (at_ms, _) = *first.key();
        if at_ms > up_to_ms {
            return None;
        }
        let key = first.get_mut().pop();
        if first.get().is_empty() {
            first.remove();
        }
        let key = key?;
        if let Place::Known(timed, _) = Key::place(&mut self.table, key.lend()) {
            timed.timers.remove(&at_ms);
        }
        Some((at_ms, key))
    }

    /// When the next timer fires, if any is set.
    pub(crate) fn earliest_ms(&self) -> Option<i64> {
        self.due.first_key_value().map(|((at_ms, _), _)| *at_ms)
    }

    /// Forgets the keys that nobody has used for so long, now and then.
    pub(crate) fn forget_idle(&mut self, now_ms: i64, idle_ms: i64) {
        // Often enough that a key is kept by an eighth of the time longer at most.
        if now_ms.saturating_sub(self.looked_ms) < (idle_ms / 8).max(1) {
            return;
        }
        self.looked_ms = now_ms;
        let (table, cap) = (&mut self.table, &mut self.cap);
        for (_, timed) in table.extract(|timed| timed.is_idle(now_ms, idle_ms)) {
            if let Some(cap) = cap {
                cap.remove(timed.turn);
            }
        }
    }

    /// Whether a checkpoint has brought anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}

impl<K: KeptKey, S, T> Homing for Processes<K, S, T> {
    type Entry = Moved<K, Timed<S>>;

    fn leaving(&mut self, workers: usize) -> Vec<(usize, Self::Entry)> {
        // Which of all keys has gone unused for longest is known only where all of them are.
        let is_capped = self.cap.is_some();
        let owner = |moved: &Self::Entry| if is_capped { 0 } else { moved.owner(workers) };
        let moved = self.table.take_restored().into_iter();
        moved.map(|moved| (owner(&moved), moved)).collect()
    }

    fn come_home(&mut self, all: impl Iterator<Item = Self::Entry>) {
        // Only one worker owned a key, and so it is in one place only.
        let latest = |known: &mut Timed<S>, other: Timed<S>| {
            if other.used_ms > known.used_ms {
                *known = other;
            }
            Ok::<(), std::convert::Infallible>(())
        };
        let mut order = Vec::new();
        for moved in all {
            if self.cap.is_some() {
                order.push(copy_of(moved.key()));
            }
            let Ok(()) = self
                .table
                .merge(moved, latest)
                .map_err(|Unsettled { cause, .. }| match cause {});
        }
        let Ok(()) = self
            .table
            .settle(latest)
            .map_err(|Unsettled { cause, .. }| match cause {});
        for key in order {
            if let Place::Known(timed, _) = Key::place(&mut self.table, key.lend()) {
                cap::used(self.cap.as_mut(), &key, &mut timed.turn);
            }
        }
        let mut due: BTreeMap<(i64, u64), Vec<K>> = BTreeMap::new();
        for (key, timed) in self.table.entries() {
            for at_ms in &timed.timers {
                let keys = due.entry((*at_ms, stable_hash(key))).or_default();
                keys.push(key.lend().keep());
            }
        }
        self.due = due;
    }
}

impl<K: KeptKey, S: Stored, T: TimerTime> Saved for Processes<K, S, T> {
    fn layout() -> String {
        Self::layout_with(&layout::of::<S>())
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        match &self.cap {
            Some(cap) if cap.len() == self.table.len() => cap::write(cap, &self.table, parts),
            Some(_) | None => self.table.write(parts),
        }
    }

    fn shrink(&mut self) {
        self.table.shrink();
    }
}

impl<K: KeptKey, S: Stored, T: TimerTime> Restored for Processes<K, S, T> {
    type Key = K;
    type Value = Timed<S>;

    fn layout_with(value: &str) -> String {
        let keyed = <Keyed<K, S>>::layout_with(value);
        format!("{keyed} {}", T::WORDS)
    }

    fn with(entries: Vec<(K, Timed<S>)>) -> Self {
        Processes {
            table: Keyed::with_restored(entries),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Counts = Processes<u32, u64, OnTheClock>;

    #[test]
    fn timers_fire_once_in_the_order_of_their_times() {
        let mut counts = Counts::default();
        for (key, at_ms) in [(1, 30), (2, 10), (1, 20), (1, 20), (3, 40)] {
            counts.set(&key, at_ms, 0);
        }
        counts.cancel(&1, 30);
        let fired: Vec<_> = std::iter::from_fn(|| counts.next_due(35)).collect();
        assert_eq!(fired, [(10, 2), (20, 1)]);
        assert_eq!(counts.earliest_ms(), Some(40));
    }

    #[test]
    fn key_that_is_forgotten_has_no_timers() {
        let mut counts = Counts::default();
        *counts.state(&1, 0, None, || 0) += 5;
        counts.set(&1, 10, 0);
        counts.set(&1, 20, 0);
        counts.forget(&1);
        assert_eq!(counts.next_due(i64::MAX), None);
        assert_eq!(*counts.state(&1, 0, None, || 0), 0);
    }

    #[test]
    fn key_with_a_timer_is_in_use() {
        let mut counts = Counts::default();
        for key in [1, 2] {
            *counts.state(&key, 0, Some(100), || 0) += 1;
        }
        counts.set(&1, 500, 0);
        counts.forget_idle(400, 100);
        assert_eq!(*counts.state(&1, 400, Some(100), || 0), 1);
        assert_eq!(*counts.state(&2, 400, Some(100), || 0), 0);
    }
}
