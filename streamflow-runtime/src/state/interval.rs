//! What two streams have for each key while it may still meet something: items that are near each
//! other in time, whichever comes first.
//!
//! ```text
//!   within -5m..+5m              left item 12:03 ── meets the right ones 11:58 ..= 12:08
//!   the watermark passes 12:08   the left item is forgotten; if it has met nothing, it is lonely
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::homing::Homing;
use super::image::{Restored, Saved, Stored};
use super::key::{KeptKey, Key};
use super::keyed::{Keyed, Moved, Place, Unsettled};
use super::layout;
use super::parts::Parts;

/// The items of two streams that may still meet, on the worker that owns their keys.
#[derive(Debug)]
pub struct IntervalJoin<K, L, R> {
    table: Keyed<K, Nearby<L, R>>,
    /// The keys that have something to forget, by the last time at which its first item meets
    /// anything.
    due: BTreeMap<i64, Vec<K>>,
    reach: Reach,
    /// Up to where time was complete in the last round: items in front of it are late.
    complete_ms: i64,
}

/// From where to where, seen from a left item, the right items are that it meets: in milliseconds, and
/// with both ends.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Reach {
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
}

/// An item of either side.
#[derive(Debug)]
pub enum OfSide<L, R> {
    /// Of the stream that the join stands behind.
    Left(L),
    /// Of the one in its parentheses.
    Right(R),
}

/// The items of both sides for one key.
#[derive(Debug, Serialize, Deserialize)]
pub struct Nearby<L, R> {
    left: Buffer<L>,
    right: Buffer<R>,
    /// Under which time the key stands among those that have something to forget.
    #[serde(skip, default = "never")]
    due_ms: i64,
}

fn never() -> i64 {
    i64::MAX
}

/// The items of one side, by their times; those of one time as they came.
#[derive(Debug, Serialize, Deserialize)]
struct Buffer<V>(VecDeque<Waiting<V>>);

/// An item that may still meet others.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting<V> {
    time_ms: i64,
    has_met: bool,
    value: V,
}

impl<K, L, R> Default for IntervalJoin<K, L, R> {
    fn default() -> Self {
        IntervalJoin {
            table: Keyed::default(),
            due: BTreeMap::new(),
            reach: Reach::default(),
            complete_ms: i64::MIN,
        }
    }
}

impl<L, R> Default for Nearby<L, R> {
    fn default() -> Self {
        Nearby {
            left: Buffer::default(),
            right: Buffer::default(),
            due_ms: never(),
        }
    }
}

impl<V> Default for Buffer<V> {
    fn default() -> Self {
        Buffer(VecDeque::new())
    }
}

impl Reach {
    /// The last time at which a left item meets anything.
    fn left_until_ms(self, time_ms: i64) -> i64 {
        time_ms.saturating_add(self.to_ms)
    }

    /// The same for a right item.
    fn right_until_ms(self, time_ms: i64) -> i64 {
        time_ms.saturating_sub(self.from_ms)
    }
}

impl<V> Buffer<V> {
    /// Puts an item in its place: most come in the order of their times.
    fn add(&mut self, time_ms: i64, has_met: bool, value: V) {
        let is_last = self.0.back().is_none_or(|last| last.time_ms <= time_ms);
        let at = if is_last {
            self.0.len()
        } else {
            self.0.partition_point(|known| known.time_ms <= time_ms)
        };
        let waiting = Waiting {
            time_ms,
            has_met,
            value,
        };
        self.0.insert(at, waiting);
    }

    /// Where the items stand from one time to another, with both.
    fn between(&self, from_ms: i64, to_ms: i64) -> Range<usize> {
        let begin = self.0.partition_point(|known| known.time_ms < from_ms);
        let end = self.0.partition_point(|known| known.time_ms <= to_ms);
        begin..end.max(begin)
    }

    /// Takes out the next item that `is_over`, of those with the earliest times.
    fn next_over(&mut self, is_over: impl Fn(i64) -> bool) -> Option<Waiting<V>> {
        if self.0.front().is_some_and(|first| is_over(first.time_ms)) {
            self.0.pop_front()
        } else {
            None
        }
    }

    fn append(&mut self, other: Self) {
        for waiting in other.0 {
            self.add(waiting.time_ms, waiting.has_met, waiting.value);
        }
    }
}

impl<L, R> Nearby<L, R> {
    fn is_empty(&self) -> bool {
        self.left.0.is_empty() && self.right.0.is_empty()
    }

    /// The last time at which the first item to be forgotten meets anything.
    fn first_until_ms(&self, reach: Reach) -> i64 {
        let left = self.left.0.front();
        let right = self.right.0.front();
        let left = left.map_or(never(), |first| reach.left_until_ms(first.time_ms));
        left.min(right.map_or(never(), |first| reach.right_until_ms(first.time_ms)))
    }

    fn append(&mut self, other: Self) {
        self.left.append(other.left);
        self.right.append(other.right);
    }
}

impl<K: KeptKey, L, R> IntervalJoin<K, L, R> {
    /// Begins where time is complete up to.
    pub(crate) fn begin(&mut self, reach: Reach, complete_ms: i64) {
        self.reach = reach;
        self.complete_ms = complete_ms;
    }

    /// Up to where time was complete in the last round.
    pub(crate) fn complete_ms(&self) -> i64 {
        self.complete_ms
    }

    /// Whether an item comes too late. The end of time is too far in front of the clock.
    pub(crate) fn is_late(&self, time_ms: i64) -> bool {
        time_ms < self.complete_ms || time_ms == i64::MAX
    }

    /// Brings an item to those of the other side that are near it, and keeps it for later ones. `met`
    /// gets the time of each two, which is the later one, and their values.
    pub(crate) fn meet(
        &mut self,
        key: &K,
        time_ms: i64,
        item: OfSide<L, R>,
        mut met: impl FnMut(i64, &L, &R),
    ) {
        let reach = self.reach;
        let nearby = nearby(&mut self.table, key);
        let until_ms = match item {
            OfSide::Left(value) => {
                let (from_ms, to_ms) = reach.rights_of(time_ms);
                let others = nearby.right.between(from_ms, to_ms);
                let has_met = !others.is_empty();
                for other in nearby.right.0.range_mut(others) {
                    other.has_met = true;
                    met(time_ms.max(other.time_ms), &value, &other.value);
                }
                nearby.left.add(time_ms, has_met, value);
                reach.left_until_ms(time_ms)
            }
            OfSide::Right(value) => {
                let (from_ms, to_ms) = reach.lefts_of(time_ms);
                let others = nearby.left.between(from_ms, to_ms);
                let has_met = !others.is_empty();
                for other in nearby.left.0.range_mut(others) {
                    other.has_met = true;
                    met(time_ms.max(other.time_ms), &other.value, &value);
                }
                nearby.right.add(time_ms, has_met, value);
                reach.right_until_ms(time_ms)
            }
        };
        note_due(&mut self.due, nearby, key, until_ms);
    }

    /// Takes out what is over by now: `lonely` gets the items that have met nothing, with their keys and
    /// times.
    pub(crate) fn forget(
        &mut self,
        complete_ms: i64,
        mut lonely: impl FnMut(&K, i64, OfSide<L, R>),
    ) {
        self.complete_ms = complete_ms;
        let reach = self.reach;
        // At the end of all time everything is over, that which is at its very end too.
        let is_over = |until_ms: i64| until_ms < complete_ms || complete_ms == i64::MAX;
        while let Some(due) = self.due.first_entry() {
            let due_ms = *due.key();
            if !is_over(due_ms) {
                break;
            }
            for key in due.remove() {
                let Some(nearby) = self.table.known(&key) else {
                    continue;
                };
                // A key stands under other times too where items came out of order.
                if nearby.due_ms != due_ms {
                    continue;
                }
                while let Some(left) =
                    (nearby.left).next_over(|time_ms| is_over(reach.left_until_ms(time_ms)))
                {
                    if !left.has_met {
                        lonely(&key, left.time_ms, OfSide::Left(left.value));
                    }
                }
                while let Some(right) =
                    (nearby.right).next_over(|time_ms| is_over(reach.right_until_ms(time_ms)))
                {
                    if !right.has_met {
                        lonely(&key, right.time_ms, OfSide::Right(right.value));
                    }
                }
                if nearby.is_empty() {
                    self.table.remove(&key);
                } else {
                    nearby.due_ms = never();
                    let until_ms = nearby.first_until_ms(reach);
                    note_due(&mut self.due, nearby, &key, until_ms);
                }
            }
        }
    }

    /// The last time at which the first item to be forgotten meets anything, if there is one.
    pub(crate) fn next_due_ms(&self) -> Option<i64> {
        self.due.first_key_value().map(|(until_ms, _)| *until_ms)
    }
}

impl<K: KeptKey, L> IntervalJoin<K, L, ()> {
    /// The same where a left item is done with when it meets anything: `met` gets it then, and it is
    /// not kept.
    pub(crate) fn meet_once(
        &mut self,
        key: &K,
        time_ms: i64,
        item: OfSide<L, ()>,
        mut met: impl FnMut(i64, L),
    ) {
        let reach = self.reach;
        let nearby = nearby(&mut self.table, key);
        let until_ms = match item {
            OfSide::Left(value) => {
                let (from_ms, to_ms) = reach.rights_of(time_ms);
                if !nearby.right.between(from_ms, to_ms).is_empty() {
                    met(time_ms, value);
                    return;
                }
                nearby.left.add(time_ms, false, value);
                reach.left_until_ms(time_ms)
            }
            OfSide::Right(()) => {
                let (from_ms, to_ms) = reach.lefts_of(time_ms);
                let others = nearby.left.between(from_ms, to_ms);
                for left in nearby.left.0.drain(others) {
                    met(left.time_ms, left.value);
                }
                // One right item of a time is as good as many.
                if nearby.right.between(time_ms, time_ms).is_empty() {
                    nearby.right.add(time_ms, true, ());
                }
                reach.right_until_ms(time_ms)
            }
        };
        note_due(&mut self.due, nearby, key, until_ms);
    }
}

impl Reach {
    /// From where to where the right items are that a left one meets.
    fn rights_of(self, time_ms: i64) -> (i64, i64) {
        (
            time_ms.saturating_add(self.from_ms),
            time_ms.saturating_add(self.to_ms),
        )
    }

    /// From where to where the left items are that a right one meets.
    fn lefts_of(self, time_ms: i64) -> (i64, i64) {
        (
            time_ms.saturating_sub(self.to_ms),
            time_ms.saturating_sub(self.from_ms),
        )
    }
}

fn nearby<'t, K: KeptKey, L, R>(
    table: &'t mut Keyed<K, Nearby<L, R>>,
    key: &K,
) -> &'t mut Nearby<L, R> {
    match Key::place(table, key.lend()) {
        Place::Known(known, _) => known,
        Place::New(new) => new.insert(Nearby::default()),
    }
}

/// Notes when a key has something to forget, unless it has something earlier.
fn note_due<K: KeptKey, L, R>(
    due: &mut BTreeMap<i64, Vec<K>>,
    nearby: &mut Nearby<L, R>,
    key: &K,
    until_ms: i64,
) {
    if until_ms < nearby.due_ms {
        nearby.due_ms = until_ms;
        due.entry(until_ms).or_default().push(key.lend().keep());
    }
}

impl<K: KeptKey, L, R> Homing for IntervalJoin<K, L, R> {
    type Entry = Moved<K, Nearby<L, R>>;

    fn leaving(&mut self, workers: usize) -> Vec<(usize, Self::Entry)> {
        let moved = self.table.take_restored().into_iter();
        moved.map(|moved| (moved.owner(workers), moved)).collect()
    }

    fn come_home(&mut self, all: impl Iterator<Item = Self::Entry>) {
        let both = |known: &mut Nearby<L, R>, other: Nearby<L, R>| {
            known.append(other);
            Ok::<(), Infallible>(())
        };
        for moved in all {
            let Ok(()) = self
                .table
                .merge(moved, both)
                .map_err(|Unsettled { cause, .. }| match cause {});
        }
        let Ok(()) = self
            .table
            .settle(both)
            .map_err(|Unsettled { cause, .. }| match cause {});
        self.due.clear();
        for (key, nearby) in self.table.entries_mut() {
            nearby.due_ms = never();
            let until_ms = nearby.first_until_ms(self.reach);
            note_due(&mut self.due, nearby, key, until_ms);
        }
    }
}

impl<K: KeptKey, L: Stored, R: Stored> Saved for IntervalJoin<K, L, R> {
    fn layout() -> String {
        let (left, right) = (layout::of::<L>(), layout::of::<R>());
        Self::layout_with(&format!("([{left}], [{right}])"))
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        self.table.write(parts)
    }

    fn shrink(&mut self) {
        self.table.shrink();
    }
}

impl<K: KeptKey, L: Stored, R: Stored> Restored for IntervalJoin<K, L, R> {
    type Key = K;
    type Value = Nearby<L, R>;

    fn layout_with(value: &str) -> String {
        <Keyed<K, Nearby<L, R>>>::layout_with(value)
    }

    fn with(entries: Vec<(K, Nearby<L, R>)>) -> Self {
        IntervalJoin {
            table: Keyed::with_restored(entries),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REACH: Reach = Reach {
        from_ms: -2,
        to_ms: 3,
    };

    fn join() -> IntervalJoin<u32, char, u8> {
        let mut join = IntervalJoin::default();
        join.begin(REACH, i64::MIN);
        join
    }

    fn meet(
        join: &mut IntervalJoin<u32, char, u8>,
        time_ms: i64,
        item: OfSide<char, u8>,
    ) -> Vec<(i64, char, u8)> {
        let mut all = Vec::new();
        join.meet(&1, time_ms, item, |time_ms, left, right| {
            all.push((time_ms, *left, *right));
        });
        all
    }

    fn lonely(join: &mut IntervalJoin<u32, char, u8>, complete_ms: i64) -> Vec<String> {
        let mut all = Vec::new();
        join.forget(complete_ms, |_, time_ms, item| {
            all.push(match item {
                OfSide::Left(value) => format!("{time_ms} {value}"),
                OfSide::Right(value) => format!("{time_ms} {value}"),
            });
        });
        all
    }

    #[test]
    fn both_ends_of_the_range_belong_to_it() {
        let mut join = join();
        for (time_ms, value) in [(7, 1), (8, 2), (13, 3), (14, 4)] {
            assert_eq!(meet(&mut join, time_ms, OfSide::Right(value)), []);
        }
        let met = meet(&mut join, 10, OfSide::Left('a'));
        assert_eq!(met, [(10, 'a', 2), (13, 'a', 3)]);
        assert_eq!(
            meet(&mut join, 9, OfSide::Right(5)),
            [(10, 'a', 5)],
            "the later time of the two"
        );
    }

    #[test]
    fn items_are_forgotten_when_nothing_can_meet_them_any_more() {
        let mut join = join();
        meet(&mut join, 10, OfSide::Left('a'));
        meet(&mut join, 5, OfSide::Left('b'));
        meet(&mut join, 20, OfSide::Right(1));
        assert_eq!(lonely(&mut join, 8), [""; 0], "8 may still come for 5");
        assert_eq!(lonely(&mut join, 9), ["5 b"]);
        assert!(join.is_late(8) && !join.is_late(9));
        assert_eq!(lonely(&mut join, 14), ["10 a"]);
        assert_eq!(lonely(&mut join, 22), [""; 0]);
        assert_eq!(lonely(&mut join, 23), ["20 1"]);
        assert!(join.table.is_empty() && join.due.is_empty());
    }

    #[test]
    fn end_of_time_leaves_nothing() {
        let mut join = join();
        meet(&mut join, i64::MAX - 1, OfSide::Left('a'));
        meet(&mut join, i64::MAX - 2, OfSide::Right(1));
        meet(&mut join, 0, OfSide::Right(2));
        assert_eq!(lonely(&mut join, i64::MAX), ["0 2"]);
        assert!(join.table.is_empty());
    }

    #[test]
    fn what_a_checkpoint_brings_is_forgotten_in_its_time() {
        let mut before = join();
        meet(&mut before, 10, OfSide::Left('a'));
        meet(&mut before, 11, OfSide::Right(1));
        meet(&mut before, 30, OfSide::Right(2));
        let parts = super::super::parts_of(&before).expect("it can be written");
        let parts: Vec<&[u8]> = parts.iter().map(|part| &*part.bytes).collect();
        let entries = super::super::image::entries(&parts).expect("it can be read");
        let mut after: IntervalJoin<u32, char, u8> = IntervalJoin::with(entries);
        after.begin(REACH, 12);
        let restored = after.leaving(1).into_iter();
        after.come_home(restored.map(|(_, entry)| entry));
        assert_eq!(meet(&mut after, 12, OfSide::Right(3)), [(12, 'a', 3)]);
        assert_eq!(lonely(&mut after, 30), [""; 0]);
        assert_eq!(lonely(&mut after, i64::MAX), ["30 2"]);
    }
}
