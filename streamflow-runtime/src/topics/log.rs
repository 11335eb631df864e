//! Keeps the batches of one partition, the newest up to a budget.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::batch::{Breakage, Damage, Records, check, set_base_offset};

/// How much of a partition is kept unless somebody says otherwise.
pub(super) const DEFAULT_BUDGET_BYTES: usize = 16 << 20;
/// A block and a batch end at about so many bytes or exactly so many records.
pub(super) const BLOCK_BYTES: usize = 1 << 20;
pub(super) const BLOCK_RECORDS: usize = 4_096;

/// The batches of one partition.
#[derive(Debug)]
pub(super) struct Log {
    batches: VecDeque<Kept>,
    /// The offset of the next batch.
    end_offset: i64,
    bytes: usize,
    budget_bytes: usize,
}

#[derive(Debug)]
struct Kept {
    offsets: Range<i64>,
    timestamp_ms: i64,
    bytes: Arc<[u8]>,
}

impl Log {
    pub(super) fn new(budget_bytes: usize) -> Self {
        Log {
            batches: VecDeque::new(),
            end_offset: 0,
            bytes: 0,
            budget_bytes,
        }
    }

    /// Adds a whole batch of `n_records` records, the newest of them at `timestamp_ms`, and
    /// drops the oldest batches past the budget.
    pub(super) fn append(&mut self, mut bytes: Arc<[u8]>, n_records: usize, timestamp_ms: i64) {
        // Nobody else has seen the batch yet.
        if let Some(bytes) = Arc::get_mut(&mut bytes) {
            set_base_offset(bytes, self.end_offset);
        }
        let base_offset = self.end_offset;
        self.end_offset += i64::try_from(n_records).unwrap_or(i64::MAX);
        self.bytes += bytes.len();
        self.batches.push_back(Kept {
            offsets: base_offset..self.end_offset,
            timestamp_ms,
            bytes,
        });
        while self.bytes > self.budget_bytes && self.batches.len() > 1 {
            if let Some(oldest) = self.batches.pop_front() {
                self.bytes -= oldest.bytes.len();
            }
        }
    }

    /// The first offset that the log still has, and the one that the next record gets.
    pub(super) fn offsets(&self) -> Range<i64> {
        let start = self
            .batches
            .front()
            .map_or(self.end_offset, |oldest| oldest.offsets.start);
        start..self.end_offset
    }

    /// Takes the batches of one block: those with offsets in `wanted`, from the first on.
    pub(super) fn read(&self, wanted: &Range<i64>, into: &mut Vec<Arc<[u8]>>) {
        let first = self
            .batches
            .partition_point(|kept| kept.offsets.end <= wanted.start);
        let (mut n_bytes, mut n_records) = (0, 0);
        for kept in self.batches.range(first..) {
            n_bytes += kept.bytes.len();
            n_records += usize::try_from(kept.offsets.end - kept.offsets.start).unwrap_or(0);
            let is_full = n_bytes > BLOCK_BYTES || n_records > BLOCK_RECORDS;
            if kept.offsets.start >= wanted.end || (is_full && !into.is_empty()) {
                break;
            }
            into.push(Arc::clone(&kept.bytes));
        }
    }

    /// The offset of the first record at or after a time; the end if there is none.
    pub(super) fn first_at_or_after(&self, timestamp_ms: i64) -> Result<i64, Damage> {
        let Some(kept) = self
            .batches
            .iter()
            .find(|kept| kept.timestamp_ms >= timestamp_ms)
        else {
            return Ok(self.end_offset);
        };
        let breakage = Breakage::default();
        let found = Records::new("", 0, check(&kept.bytes, &[])?, 0..i64::MAX, &breakage)
            .find(|record| {
                record
                    .timestamp_ms()
                    .is_some_and(|time_ms| time_ms >= timestamp_ms)
            })
            .map(|record| record.offset);
        Ok(found.unwrap_or(kept.offsets.start))
    }

    /// Every batch that is kept.
    pub(super) fn all(&self) -> Vec<Arc<[u8]>> {
        self.batches
            .iter()
            .map(|kept| Arc::clone(&kept.bytes))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{BatchWriter, NewRecord};

    fn append(log: &mut Log, n_records: usize, value: &[u8], timestamp_ms: i64) {
        let mut writer = BatchWriter::new(Vec::new(), 0);
        for _ in 0..n_records {
            writer.push(timestamp_ms, NewRecord::of_value(value));
        }
        log.append(writer.finish().into(), n_records, timestamp_ms);
    }

    fn read(log: &Log, wanted: &Range<i64>) -> Vec<i64> {
        let mut batches = Vec::new();
        log.read(wanted, &mut batches);
        let breakage = Breakage::default();
        Records::new(
            "",
            0,
            check(&[], &batches).unwrap(),
            wanted.start..i64::MAX,
            &breakage,
        )
        .map(|record| record.offset)
        .collect()
    }

    #[test]
    fn batches_get_their_offsets_in_turn() {
        let mut log = Log::new(usize::MAX);
        append(&mut log, 2, b"a", 0);
        append(&mut log, 3, b"b", 0);
        assert_eq!(log.offsets(), 0..5);
        assert_eq!(read(&log, &(1..i64::MAX)), [1, 2, 3, 4]);
        assert_eq!(
            read(&log, &(0..2)),
            [0, 1],
            "nothing behind the end of what is wanted"
        );
        assert_eq!(read(&log, &(5..i64::MAX)), [0_i64; 0]);
    }

    #[test]
    fn oldest_batches_go_when_the_budget_is_spent() {
        let mut log = Log::new(1_000);
        for _ in 0..10 {
            append(&mut log, 2, &[0; 150], 0);
        }
        assert_eq!(log.offsets(), 16..20, "two batches of about 390 bytes");
        append(&mut log, 1, &[0; 5_000], 0);
        assert_eq!(log.offsets(), 20..21, "the newest batch always stays");
    }

    #[test]
    fn block_ends_at_its_limits() {
        let mut log = Log::new(usize::MAX);
        for _ in 0..10 {
            append(&mut log, 1_000, b"a", 0);
        }
        assert_eq!(read(&log, &(0..i64::MAX)).len(), 4_000);
        let mut log = Log::new(usize::MAX);
        for _ in 0..10 {
            append(&mut log, 1, &vec![0; 400_000], 0);
        }
        assert_eq!(read(&log, &(0..i64::MAX)).len(), 2);
    }

    #[test]
    fn first_record_at_or_after_a_time_is_found() {
        let mut log = Log::new(usize::MAX);
        append(&mut log, 2, b"a", 1_000);
        append(&mut log, 2, b"b", 2_000);
        for (time_ms, offset) in [(0, 0), (1_000, 0), (1_001, 2), (2_000, 2), (2_001, 4)] {
            assert_eq!(log.first_at_or_after(time_ms), Ok(offset), "{time_ms}");
        }
    }
}
