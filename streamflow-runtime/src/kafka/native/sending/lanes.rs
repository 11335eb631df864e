//! The batches of each partition that wait to be sent, and which partition a record goes to.

use std::collections::VecDeque;
use std::time::Instant;

use crate::batch::{BatchWriter, NewRecord};
use crate::topics::partition_of;

/// What waits for one partition.
#[derive(Debug, Default)]
struct Lane {
    full: VecDeque<Waiting>,
    open: Option<Waiting>,
}

/// A batch, and since when it has had records.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) batch: BatchWriter,
    /// The bytes of its records.
    pub(super) n_bytes: usize,
    pub(super) since: Instant,
}

/// The lanes of one topic.
#[derive(Debug)]
pub(super) struct Lanes {
    by_partition: Vec<Lane>,
    /// The partition that records without a key go to, until its batch leaves.
    turn: usize,
    batch_bytes: usize,
    /// Memory of batches that have been sent.
    spare: Vec<Vec<u8>>,
}

/// How much memory is kept for batches to come, at most.
const SPARES: usize = 8;

/// What a record takes beside its key and its value, at most.
const AROUND_RECORD_BYTES: usize = 64;

impl Lanes {
    pub(super) fn new(n_partitions: usize, batch_bytes: usize) -> Self {
        Lanes {
            by_partition: (0..n_partitions.max(1)).map(|_| Lane::default()).collect(),
            turn: 0,
            batch_bytes,
            spare: Vec::new(),
        }
    }

    /// Takes note of partitions that the topic was given since.
    pub(super) fn grow(&mut self, n_partitions: usize) {
        if self.by_partition.len() < n_partitions {
            self.by_partition.resize_with(n_partitions, Lane::default);
        }
    }

    /// Puts a record into the open batch of its partition; gives how many bytes it took there.
    pub(super) fn put(&mut self, now: Instant, now_ms: i64, record: NewRecord<'_>) -> usize {
        let at = match record.key {
            Some(key) => partition_of(key, self.by_partition.len()),
            None => self.turn,
        };
        let Some(lane) = self.by_partition.get_mut(at) else {
            return 0;
        };
        let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
        let needed = length(record.key) + length(record.value) + AROUND_RECORD_BYTES;
        let is_full = |open: &Waiting| open.batch.n_bytes() + needed > self.batch_bytes;
        if let Some(full) = lane.open.take_if(|open| is_full(open)) {
            lane.full.push_back(full);
            if record.key.is_none() {
                self.turn = (at + 1) % self.by_partition.len();
                return self.put(now, now_ms, record);
            }
        }
        let spare = &mut self.spare;
        let open = lane.open.get_or_insert_with(|| Waiting {
            batch: BatchWriter::new(spare.pop().unwrap_or_default(), 0),
            n_bytes: 0,
            since: now,
        });
        let before = open.batch.n_bytes();
        open.batch.push(now_ms, record);
        let n_bytes = open.batch.n_bytes() - before;
        open.n_bytes += n_bytes;
        n_bytes
    }

    pub(super) fn len(&self) -> usize {
        self.by_partition.len()
    }

    /// The batch of a partition that is sent next: a full one, or the open one if it has been open
    /// since `opened_by`.
    pub(super) fn take(&mut self, partition: usize, opened_by: Instant) -> Option<Waiting> {
        let lane = self.by_partition.get_mut(partition)?;
        if let Some(full) = lane.full.pop_front() {
            return Some(full);
        }
        let taken = lane.open.take_if(|open| open.since <= opened_by)?;
        if partition == self.turn {
            // The next records go elsewhere while this batch is under way.
            self.turn = (self.turn + 1) % self.by_partition.len();
        }
        Some(taken)
    }

    /// Lets records without a key go to a partition that has nothing under way, if there is one: one
    /// that nobody leads at the moment would gather them all.
    pub(super) fn turn_to_one_that(&mut self, is_free: impl Fn(usize) -> bool) {
        if !is_free(self.turn) {
            let all = (self.turn..self.by_partition.len()).chain(0..self.turn);
            self.turn = all.into_iter().find(|at| is_free(*at)).unwrap_or(self.turn);
        }
    }

    /// Since when the oldest open batch of the partitions that are asked for has had records; and
    /// whether one of them has a full one.
    pub(super) fn oldest(&self, is_asked_for: impl Fn(usize) -> bool) -> Option<(Instant, bool)> {
        let lanes = self.by_partition.iter().enumerate();
        let asked_for = lanes.filter(|(partition, _)| is_asked_for(*partition));
        asked_for
            .filter_map(|(_, lane)| match (lane.full.front(), &lane.open) {
                (Some(full), _) => Some((full.since, true)),
                (None, Some(open)) => Some((open.since, false)),
                (None, None) => None,
            })
            .reduce(|(one, full), (other, too)| (one.min(other), full || too))
    }

    /// Keeps the memory of a batch for another one.
    pub(super) fn give_back(&mut self, mut bytes: Vec<u8>) {
        if self.spare.len() < SPARES && bytes.capacity() <= 2 * self.batch_bytes {
            bytes.clear();
            self.spare.push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_share_a_lane_and_others_fill_one_after_the_other() {
        let now = Instant::now();
        let mut lanes = Lanes::new(3, 300);
        for _ in 0..2 {
            lanes.put(now, 7, NewRecord::keyed(b"abc", b"v"));
        }
        let home = partition_of(b"abc", 3);
        assert_eq!(lanes.take(home, now).unwrap().batch.n_records(), 2);
        // One record of 100 bytes leaves no room for another, and what is around it.
        for _ in 0..3 {
            lanes.put(now, 7, NewRecord::of_value(&[b'x'; 100]));
        }
        for partition in 0..3 {
            assert_eq!(lanes.take(partition, now).unwrap().batch.n_records(), 1);
            assert!(lanes.take(partition, now).is_none());
        }
    }

    #[test]
    fn open_batch_waits_until_it_is_old_enough_and_a_full_one_does_not() {
        let begun = Instant::now();
        let later = begun + std::time::Duration::from_millis(1);
        let mut lanes = Lanes::new(1, 200);
        lanes.put(later, 7, NewRecord::of_value(b"a"));
        assert_eq!(lanes.oldest(|_| true), Some((later, false)));
        assert!(lanes.take(0, begun).is_none());
        lanes.put(later, 7, NewRecord::of_value(&[b'b'; 150]));
        assert_eq!(lanes.oldest(|_| true), Some((later, true)));
        assert_eq!(lanes.oldest(|_| false), None);
        assert_eq!(lanes.take(0, begun).unwrap().batch.n_records(), 1);
        assert!(lanes.take(0, begun).is_none());
        assert!(lanes.take(0, later).is_some());
    }
}
