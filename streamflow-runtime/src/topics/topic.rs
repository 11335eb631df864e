//! One topic inside the process: stored, or made of sample records.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::log::{BLOCK_BYTES, BLOCK_RECORDS, Log};
use super::partitioner::partition_of;
use super::samples::{SampleTopic, Samples};
use crate::batch::{BatchWriter, Checked, Damage, NewRecord, check};

/// A topic and its partitions.
#[derive(Debug)]
pub(crate) enum Topic {
    Stored(StoredTopic),
    Samples(SampleTopic),
}

/// What a read has brought: batches that a log shares, or one batch made for this read.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    batches: Vec<Arc<[u8]>>,
    made: Vec<u8>,
}

impl Fetched {
    /// The batches, checked.
    pub(crate) fn check(&self) -> Result<Checked<'_>, Damage> {
        check(&self.made, &self.batches)
    }

    fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.made.is_empty()
    }
}

impl Topic {
    pub(super) fn stored(n_partitions: usize, budget_bytes: usize) -> Self {
        let logs = (0..n_partitions.max(1))
            .map(|_| Mutex::new(Log::new(budget_bytes)))
            .collect();
        Topic::Stored(StoredTopic {
            logs,
            turn: AtomicUsize::new(0),
        })
    }

    pub(super) fn of_samples(samples: Samples) -> Self {
        Topic::Samples(SampleTopic::new(samples))
    }

    pub(crate) fn n_partitions(&self) -> usize {
        match self {
            Topic::Stored(topic) => topic.logs.len(),
            Topic::Samples(topic) => topic.n_partitions(),
        }
    }

    /// The first offset that a partition has, and the one behind its last record.
    pub(crate) fn offsets(&self, partition: usize, now_ms: i64) -> Range<i64> {
        match self {
            Topic::Stored(topic) => topic.log(partition).map_or(0..0, |log| log.offsets()),
            Topic::Samples(topic) => 0..topic.end_offset(partition, now_ms),
        }
    }

    /// Where a run ends that ends with what is there at its start: for sample records the moment
    /// at which they begin to arrive, so that each such run reads the same ones.
    pub(crate) fn end_offset_at_start(&self, partition: usize) -> i64 {
        match self {
            Topic::Stored(topic) => topic.log(partition).map_or(0, |log| log.offsets().end),
            Topic::Samples(topic) => topic.end_offset_at_start(partition),
        }
    }

    /// The offset of the first record at or after a time; the end if there is none.
    pub(crate) fn first_at_or_after(
        &self,
        partition: usize,
        timestamp_ms: i64,
        now_ms: i64,
    ) -> Result<i64, Damage> {
        match self {
            Topic::Stored(topic) => topic
                .log(partition)
                .map_or(Ok(0), |log| log.first_at_or_after(timestamp_ms)),
            Topic::Samples(topic) => Ok(topic.first_at_or_after(partition, timestamp_ms, now_ms)),
        }
    }

    /// Notes that an earlier run has read a partition up to `next_offset`: sample records go on
    /// behind it.
    pub(crate) fn resume_at(&self, next_offset: i64, now_ms: i64) {
        match self {
            Topic::Stored(_) => {}
            Topic::Samples(topic) => topic.resume_at(next_offset, now_ms),
        }
    }

    /// Reads one block of the offsets in `wanted`; returns whether there is anything.
    ///
    /// # Errors
    ///
    /// The offsets that the partition has, where it no longer has the first wanted one.
    pub(crate) fn read(
        &self,
        partition: usize,
        wanted: &Range<i64>,
        now_ms: i64,
        into: &mut Fetched,
    ) -> Result<bool, Range<i64>> {
        into.batches.clear();
        into.made.clear();
        match self {
            Topic::Stored(topic) => {
                let Some(log) = topic.log(partition) else {
                    return Ok(false);
                };
                let available = log.offsets();
                if wanted.start < available.start {
                    return Err(available);
                }
                log.read(wanted, &mut into.batches);
            }
            Topic::Samples(topic) => topic.read(partition, wanted, now_ms, &mut into.made),
        }
        Ok(!into.is_empty())
    }
}

/// A topic that keeps what is written to it.
#[derive(Debug)]
pub(crate) struct StoredTopic {
    logs: Vec<Mutex<Log>>,
    /// Whose turn it is to get a record without a key.
    turn: AtomicUsize,
}

impl StoredTopic {
    fn log(&self, partition: usize) -> Option<MutexGuard<'_, Log>> {
        let log = self.logs.get(partition)?;
        Some(log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn batches(&self, partition: usize) -> Vec<Arc<[u8]>> {
        self.log(partition).map(|log| log.all()).unwrap_or_default()
    }

    /// Writes records as one batch per partition; as more, where one would be larger than a
    /// block.
    pub(super) fn append<'a>(
        &self,
        partition: Option<usize>,
        timestamp_ms: i64,
        records: impl IntoIterator<Item = NewRecord<'a>>,
    ) {
        let mut writers: Vec<Option<BatchWriter>> = self.logs.iter().map(|_| None).collect();
        for record in records {
            let index = partition.unwrap_or_else(|| self.partition_for(&record));
            let Some(place) = writers.get_mut(index) else {
                continue;
            };
            let writer = place.get_or_insert_with(|| BatchWriter::new(Vec::new(), 0));
            writer.push(timestamp_ms, record);
            if writer.n_records() >= BLOCK_RECORDS || writer.n_bytes() >= BLOCK_BYTES {
                self.keep(index, place.take(), timestamp_ms);
            }
        }
        for (index, writer) in writers.into_iter().enumerate() {
            self.keep(index, writer, timestamp_ms);
        }
    }

    fn partition_for(&self, record: &NewRecord<'_>) -> usize {
        match record.key {
            Some(key) => partition_of(key, self.logs.len()),
            None => self.turn.fetch_add(1, Ordering::Relaxed) % self.logs.len(),
        }
    }

    fn keep(&self, partition: usize, writer: Option<BatchWriter>, timestamp_ms: i64) {
        let Some(writer) = writer else { return };
        let n_records = writer.n_records();
        // Made before the lock is taken, which readers wait for.
        let bytes: Arc<[u8]> = writer.finish().into();
        if let Some(mut log) = self.log(partition) {
            log.append(bytes, n_records, timestamp_ms);
        }
    }
}
