//! The items that come most often: the counts of Misra and Gries, several subtracted at once.

use std::cmp::{Ordering, Reverse};
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::state::key::{KeptKey, Key};
use crate::state::keyed::{Keyed, Place};
use crate::state::single::Single;
use crate::state::top::Top;

/// So many items are counted at least. A count is then short by a thousandth of all items at most.
const LEAST_ROOM: usize = 2_048;

/// So many times the items that are asked for are counted, where that is more.
const TIMES: usize = 8;

/// Items that `heavy_hitters` counts.
#[diagnostic::on_unimplemented(
    message = "`heavy_hitters` puts items of equal counts in their order, and a `{Self}` has none",
    label = "the items reaching this stage are `{Self}`",
    note = "derive `Clone`, `PartialOrd` and `Ord` for `{Self}`"
)]
pub trait FrequentKey: KeptKey + Clone {
    /// The order of two items.
    fn before(&self, other: &Self) -> Ordering;

    /// Counts an item.
    #[inline]
    fn note<Q: Key<Kept = Self>>(state: &mut Single<Frequent<Self>>, item: Q, n: usize) {
        Self::note_in(state.place(), item, n);
    }

    /// The same where the counts have their place already.
    #[inline]
    fn note_in<Q: Key<Kept = Self>>(slot: &mut Option<Frequent<Self>>, item: Q, n: usize) {
        slot.get_or_insert_default().note(item, room(n));
    }

    /// Brings what two workers, or two steps of a window, have together.
    fn merge_frequent(known: &mut Frequent<Self>, other: Frequent<Self>, n: usize) {
        known.merge(other, room(n));
    }
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey + Clone + Ord> FrequentKey for K {
    fn before(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }
}

fn room(n: usize) -> usize {
    n.saturating_mul(TIMES).max(LEAST_ROOM)
}

/// Items with counts that are no greater than the true ones.
///
/// Where there are more items than there is room for, the count of one in the middle is taken off all of
/// them, and those with nothing left leave. Each time at least half of the counts pay that much, so what
/// any count is short of is at most two parts in `room` of all items.
#[derive(Debug)]
pub struct Frequent<K> {
    counts: Keyed<K, u64>,
    n: usize,
}

impl<K> Default for Frequent<K> {
    fn default() -> Self {
        Frequent {
            counts: Keyed::default(),
            n: 0,
        }
    }
}

impl<K: KeptKey + Clone> Clone for Frequent<K> {
    fn clone(&self) -> Self {
        let counts = self.counts.entries();
        Frequent::of(counts.map(|(item, count)| (item.clone(), *count)))
    }
}

impl<K: KeptKey> Frequent<K> {
    fn of(counts: impl IntoIterator<Item = (K, u64)>) -> Self {
        let mut frequent = Frequent::default();
        for (item, count) in counts {
            frequent.add(item, count);
        }
        frequent
    }

    fn add(&mut self, item: K, count: u64) {
        let known = self.counts.kept_place(item, || 0);
        if *known == 0 {
            self.n += 1;
        }
        // A count of 2^64 is out of reach of any input.
        *known = known.wrapping_add(count);
    }

    #[inline]
    fn note<Q: Key<Kept = K>>(&mut self, item: Q, room: usize) {
        match self.counts.place(item) {
            Place::Known(count, _) => *count = count.wrapping_add(1),
            Place::New(new) => {
                new.insert(1);
                self.n += 1;
                if self.n > room {
                    self.make_room(room);
                }
            }
        }
    }

    fn merge(&mut self, mut other: Self, room: usize) {
        for (item, count) in other.counts.drain() {
            self.add(item, count);
        }
        if self.n > room {
            self.make_room(room);
        }
    }

    #[cold]
    fn make_room(&mut self, room: usize) {
        let mut counts: Vec<u64> = self.counts.entries().map(|(_, count)| *count).collect();
        let middle = (room / 2).min(counts.len().saturating_sub(1));
        let (_, paid, _) = counts.select_nth_unstable_by_key(middle, |count| Reverse(*count));
        let paid = *paid;
        let gone = self.counts.extract(|count| *count <= paid).count();
        for (_, count) in self.counts.entries_mut() {
            *count -= paid;
        }
        self.n -= gone;
    }
}

impl<K: FrequentKey> Frequent<K> {
    /// The `n` items that have come most often, the most frequent first.
    pub(crate) fn most(mut self, n: usize) -> Top<K, u64> {
        let mut counts: Vec<(K, u64)> = self.counts.drain().collect();
        counts.sort_unstable_by(|(item, count), (other, other_count)| {
            other_count.cmp(count).then_with(|| item.before(other))
        });
        counts.truncate(n);
        Top::in_order(counts)
    }
}

/// Saved as a map of counts.
impl<K: KeptKey> Serialize for Frequent<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.counts.entries())
    }
}

impl<'de, K: KeptKey> Deserialize<'de> for Frequent<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counts<K>(Frequent<K>);
        impl<'de, K: KeptKey> Visitor<'de> for Counts<K> {
            type Value = Frequent<K>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("items with their counts")
            }

            fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
                while let Some((item, count)) = map.next_entry()? {
                    self.0.add(item, count);
                }
                Ok(self.0)
            }
        }
        deserializer.deserialize_map(Counts(Frequent::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(items: impl IntoIterator<Item = u32>, room: usize) -> Frequent<u32> {
        let mut frequent = Frequent::default();
        for item in items {
            frequent.note(item, room);
        }
        frequent
    }

    fn most(frequent: Frequent<u32>, n: usize) -> Vec<(u32, u64)> {
        frequent.most(n).into_iter().collect()
    }

    /// Three items among many that come twice each.
    fn mixed() -> impl Iterator<Item = u32> {
        (0..30_000).map(|n| match n % 10 {
            0 | 4 | 8 => 1,
            3 | 5 => 2,
            7 => 3,
            _ => 100 + n / 2,
        })
    }

    #[test]
    fn counts_are_exact_while_there_is_room() {
        let items = || (0..500).flat_map(|n| std::iter::repeat_n(n, 1 + (n as usize % 7)));
        let found = most(of(items(), 512), 2);
        assert_eq!(found, [(6, 7), (13, 7)], "equal counts in their order");
    }

    #[test]
    fn counts_are_short_by_two_parts_in_the_room_at_most() {
        for room in [16, 64, 1_024] {
            let bound = 2 * 30_000 / room as u64;
            let found = most(of(mixed(), room), 3);
            for (found, wanted) in found.iter().zip([(1, 9_000), (2, 6_000), (3, 3_000)]) {
                let (item, count): (u32, u64) = wanted;
                assert_eq!(found.0, item, "{room}");
                assert!(
                    found.1 <= count && found.1 + bound >= count,
                    "{room}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn parts_that_are_merged_keep_the_bound() {
        let room = 64;
        let part = |n: usize| of(mixed().skip(n).step_by(3), room);
        let mut merged = part(0);
        merged.merge(part(1), room);
        merged.merge(part(2), room);
        assert!(merged.n <= room);
        let found = most(merged, 2);
        for (found, (item, count)) in found.iter().zip([(1u32, 9_000u64), (2, 6_000)]) {
            assert_eq!(found.0, item);
            assert!(
                found.1 <= count && found.1 + 2 * 30_000 / 64 >= count,
                "{found:?}"
            );
        }
    }

    #[test]
    fn counts_come_back_from_their_bytes() {
        let bytes = postcard::to_stdvec(&of(mixed(), 64)).expect("bytes");
        let read: Frequent<u32> = postcard::from_bytes(&bytes).expect("counts");
        assert_eq!(most(read.clone(), 9), most(of(mixed(), 64), 9));
        assert_eq!(
            postcard::to_stdvec(&read).expect("bytes").len(),
            bytes.len()
        );
    }
}
