//! Values that are kept for a key one by one, each with the place of its record: they are taken out
//! in the order of those places, whichever worker has read them.

use serde::{Deserialize, Serialize};

/// Where a record stood. Values are in this order: those of a partition as they stand there, and
/// those of several partitions mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordPlace {
    offset: i64,
    partition: i32,
    /// Stands for the topic: records of two may have one offset.
    topic: u32,
}

impl RecordPlace {
    /// The place of a record.
    pub(crate) fn new(offset: i64, partition: i32, topic: u32) -> Self {
        RecordPlace {
            offset,
            partition,
            topic,
        }
    }

    /// A number from 0 up to 1 that stands for the place: the same in every process, and for other
    /// stages and other items of the record another one.
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits are left, which is what an `f64` has"
    )]
    pub(crate) fn as_share(self, stage: u64, item: u64) -> f64 {
        let place = u64::from(self.topic) << 32 | u64::from(self.partition.cast_unsigned());
        let hash = mixed(mixed(self.offset.cast_unsigned()) ^ place);
        let hash = mixed(hash ^ mixed(stage << 32 ^ item));
        (hash >> 11) as f64 / (1u64 << 53) as f64
    }

    /// That of a result, which is of many records: behind those of earlier intervals, and behind
    /// records, as none has an offset as large as a time.
    pub(crate) fn of_interval(end_ms: i64) -> Self {
        RecordPlace::new(end_ms, 0, 0)
    }

    /// That of a result with a time of its own: behind those of earlier times, and behind records.
    pub(crate) fn of_time(time_ms: i64) -> Self {
        RecordPlace::new(FIRST_TIME.saturating_add(time_ms.max(0)), 0, 0)
    }
}

/// In front of all times that results have: no offset is so large.
const FIRST_TIME: i64 = 1 << 60;

/// One step of `SplitMix64`: each bit of the number has a say in each bit of the result.
const fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The values of one key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Placed<V>(Vec<(RecordPlace, V)>);

impl<V> Default for Placed<V> {
    fn default() -> Self {
        Placed(Vec::new())
    }
}

impl<V> Placed<V> {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a value.
    #[inline]
    pub(crate) fn push(&mut self, place: RecordPlace, value: V) {
        self.0.push((place, value));
    }

    /// Adds what another worker has gathered.
    pub(crate) fn append(&mut self, other: Self) {
        if self.0.is_empty() {
            self.0 = other.0;
        } else {
            self.0.extend(other.0);
        }
    }

    /// The values in the order of their records.
    pub(crate) fn into_values(self) -> Vec<V> {
        let mut placed = self.0;
        // Values of one place, as those that `flat_map` makes, stay in the order in which they came.
        placed.sort_by_key(|(place, _)| *place);
        placed.into_iter().map(|(_, value)| value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_in_the_order_of_their_records_whoever_gathered_them() {
        let place = RecordPlace::new;
        let mut one = Placed::default();
        one.push(place(0, 1, 7), "b");
        one.push(place(1, 1, 7), "d");
        let mut other = Placed::default();
        other.push(place(0, 0, 7), "a");
        other.push(place(1, 0, 7), "c");
        other.push(RecordPlace::of_interval(1_767_225_600_000), "e");
        one.append(other);
        assert_eq!(one.into_values(), ["a", "b", "c", "d", "e"]);
    }
}
