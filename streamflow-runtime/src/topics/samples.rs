//! Sample records for runs without a broker: made while they are read, so they take no memory.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::log::{BLOCK_BYTES, BLOCK_RECORDS};
use crate::batch::{BatchWriter, NewRecord};

/// A topic of sample records, for runs without a broker.
///
/// Record number `n` goes to partition `n % partitions`, and its value depends on `n` alone:
/// every run sees the same records at the same offsets. A backlog is there at the start; then
/// records arrive at a steady rate.
///
/// ```
/// use streamflow_runtime::topics::Samples;
///
/// let samples = Samples::new("user_access", |n| format!("user-{},/index", n % 100))
///     .partitions(8)
///     .per_second(50_000);
/// assert_eq!(samples.to_string(), "`user_access`, 50000 records a second");
/// ```
#[derive(Clone)]
pub struct Samples {
    topic: Arc<str>,
    partitions: usize,
    per_second: u64,
    backlog: u64,
    make: Arc<Make>,
}

/// Makes the value of record `n` and shows it.
type Make = dyn Fn(u64, &mut dyn FnMut(&[u8])) + Send + Sync;

impl Samples {
    /// Records of `topic`, the value of the `n`th (from 0) made by `make`: 4 partitions, 1000
    /// records a second, 1000 there at the start.
    pub fn new<V: AsRef<[u8]>>(
        topic: impl Into<Arc<str>>,
        make: impl Fn(u64) -> V + Send + Sync + 'static,
    ) -> Self {
        Samples {
            topic: topic.into(),
            partitions: 4,
            per_second: 1_000,
            backlog: 1_000,
            make: Arc::new(move |n, show| show(make(n).as_ref())),
        }
    }

    /// How many partitions the topic has; at least one.
    #[must_use]
    pub fn partitions(mut self, partitions: usize) -> Self {
        self.partitions = partitions.max(1);
        self
    }

    /// How many records arrive in a second.
    #[must_use]
    pub fn per_second(mut self, per_second: u64) -> Self {
        self.per_second = per_second;
        self
    }

    /// How many records are there at the start.
    #[must_use]
    pub fn backlog(mut self, backlog: u64) -> Self {
        self.backlog = backlog;
        self
    }

    pub(super) fn topic(&self) -> &Arc<str> {
        &self.topic
    }
}

impl fmt::Debug for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Samples")
            .field("topic", &self.topic)
            .field("partitions", &self.partitions)
            .field("per_second", &self.per_second)
            .field("backlog", &self.backlog)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`, {} records a second", self.topic, self.per_second)
    }
}

/// Sample records in the course of a run.
#[derive(Debug)]
pub(crate) struct SampleTopic {
    samples: Samples,
    timeline: Mutex<Timeline>,
}

/// When which record arrives.
#[derive(Debug, Clone, Copy)]
struct Timeline {
    /// `None` before the start: nothing is there yet.
    start_ms: Option<i64>,
    /// How many records are there at the start: the backlog, or more after a restart.
    head_start: u64,
    per_second: u64,
}

impl Timeline {
    /// How many records there are.
    fn n_records(&self, now_ms: i64) -> u64 {
        let Some(start_ms) = self.start_ms else {
            return 0;
        };
        self.head_start
            .saturating_add(self.arrived(i128::from(now_ms) - i128::from(start_ms)))
    }

    /// How many records arrive in `elapsed_ms`.
    fn arrived(&self, elapsed_ms: i128) -> u64 {
        let arrived = elapsed_ms.max(0) * i128::from(self.per_second) / 1_000;
        u64::try_from(arrived).unwrap_or(u64::MAX)
    }

    /// When record `n` arrives; for the head start, when it would have.
    fn timestamp_ms(&self, n: u64) -> i64 {
        let ahead = i128::from(n) - i128::from(self.head_start);
        let since_start_ms = (ahead * 1_000).div_euclid(i128::from(self.per_second.max(1)));
        let timestamp_ms = i128::from(self.start_ms.unwrap_or(0)) + since_start_ms;
        i64::try_from(timestamp_ms.max(0)).unwrap_or(i64::MAX)
    }

    /// The first record at or after a time.
    fn first_at_or_after(&self, timestamp_ms: i64) -> u64 {
        if timestamp_ms <= 0 {
            return 0;
        }
        let since_start_ms = i128::from(timestamp_ms) - i128::from(self.start_ms.unwrap_or(0));
        // Rounded up: the record before it is too early.
        let ahead = -(-since_start_ms * i128::from(self.per_second.max(1))).div_euclid(1_000);
        u64::try_from((i128::from(self.head_start) + ahead).max(0)).unwrap_or(u64::MAX)
    }
}

impl SampleTopic {
    pub(super) fn new(samples: Samples) -> Self {
        let timeline = Timeline {
            start_ms: None,
            head_start: samples.backlog,
            per_second: samples.per_second,
        };
        SampleTopic {
            samples,
            timeline: Mutex::new(timeline),
        }
    }

    fn timeline(&self) -> Timeline {
        *self.timeline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn n_partitions(&self) -> usize {
        self.samples.partitions
    }

    pub(super) fn start(&self, now_ms: i64) {
        self.timeline
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .start_ms = Some(now_ms);
    }

    /// Sees to it that every partition holds records up to `next_offset`: an earlier process has
    /// read them already. From there on they arrive at the steady rate.
    pub(super) fn resume_at(&self, next_offset: i64, now_ms: i64) {
        let wanted = u64::try_from(next_offset).unwrap_or(0);
        let wanted = wanted.saturating_mul(self.samples.partitions as u64);
        let mut timeline = self.timeline.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = wanted.saturating_sub(timeline.n_records(now_ms));
        timeline.head_start = timeline.head_start.saturating_add(missing);
    }

    pub(super) fn end_offset(&self, partition: usize, now_ms: i64) -> i64 {
        self.first_offset_from(partition, self.timeline().n_records(now_ms))
    }

    /// The end that a partition had when the records began to arrive.
    pub(super) fn end_offset_at_start(&self, partition: usize) -> i64 {
        let timeline = self.timeline();
        let start_ms = timeline.start_ms.unwrap_or(i64::MIN);
        self.first_offset_from(partition, timeline.n_records(start_ms))
    }

    pub(super) fn first_at_or_after(
        &self,
        partition: usize,
        timestamp_ms: i64,
        now_ms: i64,
    ) -> i64 {
        let timeline = self.timeline();
        let first = timeline
            .first_at_or_after(timestamp_ms)
            .min(timeline.n_records(now_ms));
        self.first_offset_from(partition, first)
    }

    /// The first offset of a partition whose record has a number of at least `n`.
    fn first_offset_from(&self, partition: usize, n: u64) -> i64 {
        let offset = n
            .saturating_sub(partition as u64)
            .div_ceil(self.samples.partitions as u64);
        i64::try_from(offset).unwrap_or(i64::MAX)
    }

    /// Makes one batch of the records in `wanted` that are there, in the place of what `into`
    /// held.
    pub(super) fn read(
        &self,
        partition: usize,
        wanted: &Range<i64>,
        now_ms: i64,
        into: &mut Vec<u8>,
    ) {
        let timeline = self.timeline();
        let end = self
            .first_offset_from(partition, timeline.n_records(now_ms))
            .min(wanted.end);
        into.clear();
        let mut writer = BatchWriter::new(std::mem::take(into), wanted.start);
        for offset in wanted.start.max(0)..end {
            if writer.n_records() >= BLOCK_RECORDS || writer.n_bytes() >= BLOCK_BYTES {
                break;
            }
            let n = offset.cast_unsigned() * self.samples.partitions as u64 + partition as u64;
            let timestamp_ms = timeline.timestamp_ms(n);
            (self.samples.make)(n, &mut |value| {
                writer.push(timestamp_ms, NewRecord::of_value(value));
            });
        }
        *into = writer.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Breakage, Records, check};

    /// 3 partitions, a record every 10 ms, 7 there at the start.
    fn topic() -> SampleTopic {
        let samples = Samples::new("s", |n| n.to_string())
            .partitions(3)
            .per_second(100)
            .backlog(7);
        let topic = SampleTopic::new(samples);
        topic.start(50_000);
        topic
    }

    fn read(
        topic: &SampleTopic,
        partition: usize,
        from: i64,
        now_ms: i64,
    ) -> Vec<(i64, String, i64)> {
        let mut bytes = Vec::new();
        topic.read(partition, &(from..i64::MAX), now_ms, &mut bytes);
        let breakage = Breakage::default();
        Records::new("s", 0, check(&bytes, &[]).unwrap(), 0..i64::MAX, &breakage)
            .map(|record| {
                let value = String::from_utf8(record.value.unwrap().to_vec()).unwrap();
                (record.offset, value, record.timestamp_ms().unwrap())
            })
            .collect()
    }

    #[test]
    fn records_are_dealt_to_the_partitions_in_turn() {
        let topic = topic();
        let ends: Vec<i64> = (0..3)
            .map(|partition| topic.end_offset(partition, 50_000))
            .collect();
        assert_eq!(ends, [3, 2, 2]);
        assert_eq!(
            read(&topic, 1, 0, 50_000),
            [(0, "1".into(), 49_940), (1, "4".into(), 49_970)]
        );
    }

    #[test]
    fn records_arrive_at_the_steady_rate() {
        let topic = topic();
        assert_eq!(read(&topic, 1, 2, 50_009), []);
        assert_eq!(read(&topic, 1, 2, 50_010), [(2, "7".into(), 50_000)]);
        assert_eq!(read(&topic, 1, 2, 50_039).len(), 1);
        assert_eq!(read(&topic, 1, 2, 50_040).len(), 2);
    }

    #[test]
    fn nothing_is_there_before_the_start() {
        let topic = SampleTopic::new(Samples::new("s", |n| n.to_string()));
        assert_eq!(topic.end_offset(0, 50_000), 0);
        topic.start(50_000);
        assert_eq!(topic.end_offset(0, 50_000), 250);
    }

    #[test]
    fn restart_holds_what_was_read_and_goes_on_at_the_steady_rate() {
        let topic = topic();
        topic.resume_at(100, 50_000);
        assert_eq!(topic.end_offset(2, 50_000), 100);
        assert_eq!(topic.end_offset(0, 50_010), 101);
        assert_eq!(read(&topic, 0, 100, 50_010), [(100, "300".into(), 50_000)]);
        topic.resume_at(50, 60_000);
        topic.resume_at(433, 60_000);
        assert_eq!(
            topic.end_offset(0, 60_000),
            434,
            "what has arrived is not counted again"
        );
    }

    #[test]
    fn first_record_at_or_after_a_time_has_that_time() {
        let topic = topic();
        for time_ms in [0, 49_930, 49_931, 49_955, 50_000, 50_001, 50_100] {
            for partition in 0..3 {
                let offset = topic.first_at_or_after(partition, time_ms, 50_100);
                let all = read(&topic, partition, 0, 50_100);
                let expected = all
                    .iter()
                    .find(|(_, _, timestamp_ms)| *timestamp_ms >= time_ms);
                let end = topic.end_offset(partition, 50_100);
                assert_eq!(
                    offset,
                    expected.map_or(end, |found| found.0),
                    "{partition} {time_ms}"
                );
            }
        }
    }

    #[test]
    fn block_is_limited_however_large_the_backlog() {
        let samples = Samples::new("s", |_| "x").backlog(u64::MAX).partitions(1);
        let topic = SampleTopic::new(samples);
        topic.start(0);
        assert_eq!(read(&topic, 0, 1 << 60, 0).len(), 4_096);
        let samples = Samples::new("s", |_| vec![0; 100_000])
            .backlog(100)
            .partitions(1);
        let topic = SampleTopic::new(samples);
        topic.start(0);
        let mut bytes = Vec::new();
        topic.read(0, &(0..i64::MAX), 0, &mut bytes);
        assert!((BLOCK_BYTES..BLOCK_BYTES + 200_000).contains(&bytes.len()));
    }

    #[test]
    fn timestamps_are_never_below_zero() {
        let topic = topic();
        topic.start(0);
        assert_eq!(read(&topic, 0, 0, 0).first().unwrap().2, 0);
    }
}
