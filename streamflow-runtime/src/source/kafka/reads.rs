//! What a job says of the topics that it reads: from where, how far, and how fast.

use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use crate::config::{From, Until};
use crate::error::{Code, Error, Result};
use crate::source::{Block, Partition};
use crate::time::timestamp;

/// The options of `from kafka(…)`.
#[derive(Debug, Clone, Default)]
pub struct Reads {
    start: Option<Begin>,
    until: Option<Until>,
    offsets: Option<Vec<(i32, Range<i64>)>>,
    max_rate: Option<u64>,
}

/// Where a partition begins that nothing is remembered of.
#[derive(Debug, Clone)]
enum Begin {
    At(From),
    /// At a time that is none.
    Never(String),
}

impl Reads {
    /// `start: earliest`.
    #[must_use]
    pub fn from_earliest(mut self) -> Self {
        self.start = Some(Begin::At(From::Earliest));
        self
    }

    /// `start: latest`.
    #[must_use]
    pub fn from_latest(mut self) -> Self {
        self.start = Some(Begin::At(From::Latest));
        self
    }

    /// `start: timestamp "2026-01-01T00:00:00Z"`.
    #[must_use]
    pub fn from_time(mut self, moment: &str) -> Self {
        self.start = Some(match timestamp::parse_ms(moment) {
            Some(ms) => Begin::At(From::TimestampMs(ms)),
            None => Begin::Never(moment.to_owned()),
        });
        self
    }

    /// `until: caught_up`.
    #[must_use]
    pub fn until_caught_up(mut self) -> Self {
        self.until = Some(Until::CaughtUp);
        self
    }

    /// `offsets: {0: 100..200}`.
    #[must_use]
    pub fn offsets<const N: usize>(mut self, offsets: [(i32, Range<i64>); N]) -> Self {
        self.offsets = Some(offsets.into());
        self
    }

    /// `max_rate: 10_000/s`.
    #[must_use]
    pub fn max_rate(mut self, per_second: u64) -> Self {
        self.max_rate = Some(per_second);
        self
    }

    /// Refuses what only a run can see to be wrong.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(Begin::Never(moment)) = &self.start {
            return Err(
                Error::new(Code::Config, format!("`{moment}` is no moment to start at"))
                    .help("write `start: timestamp \"2026-01-01T00:00:00Z\"`"),
            );
        }
        if self.max_rate == Some(0) {
            return Err(
                Error::new(Code::Config, "`max_rate:` is 0, so nothing would be read")
                    .help("write a rate such as `max_rate: 10_000/s`"),
            );
        }
        Ok(())
    }

    /// Where a partition begins that nothing is remembered of: what the run is told goes before what
    /// the job says.
    pub(crate) fn begin(&self, from: From) -> From {
        match (from, &self.start) {
            (From::Checkpoint, Some(Begin::At(start))) => *start,
            (from, _) => from,
        }
    }

    /// When reading ends.
    pub(crate) fn until(&self, until: Until) -> Until {
        if self.offsets.is_some() {
            Until::CaughtUp
        } else {
            self.until.unwrap_or(until)
        }
    }

    /// Whether a partition is read at all.
    pub(crate) fn has(&self, partition: i32) -> bool {
        self.offsets.is_none() || self.range(partition).is_some()
    }

    /// The offsets that are read of a partition, where the job names them.
    pub(crate) fn range(&self, partition: i32) -> Option<&Range<i64>> {
        let mut offsets = self.offsets.iter().flatten();
        let found = offsets.find(|(named, _)| *named == partition);
        found.map(|(_, range)| range)
    }

    /// What holds a reader to the rate.
    pub(super) fn pace(&self, partitions: &[Partition]) -> Option<Pace> {
        self.max_rate.map(|per_second| Pace {
            per_second,
            next_offsets: partitions
                .iter()
                .map(|partition| partition.start_offset)
                .collect(),
            free_at: Instant::now(),
        })
    }
}

/// Holds a reader to so many records a second for each of its partitions.
///
/// A block is handed out whole; the next one waits until as much time has passed as its records are
/// worth. So the rate holds from block to block, and between them triggers fire as ever.
#[derive(Debug)]
pub(super) struct Pace {
    per_second: u64,
    /// How far each partition has been handed out.
    next_offsets: Vec<i64>,
    free_at: Instant,
}

impl Pace {
    /// Waits for at most so long; returns whether the next block may come.
    pub(super) fn is_free(&self, wait: Duration) -> bool {
        let left = self.free_at.saturating_duration_since(Instant::now());
        thread::sleep(left.min(wait));
        left <= wait
    }

    /// Counts a block.
    pub(super) fn took<I>(&mut self, block: &Block<I>, partitions: &[Partition]) {
        for partition in partitions.iter().skip(self.next_offsets.len()) {
            self.next_offsets.push(partition.start_offset);
        }
        let Some(next_offset) = self.next_offsets.get_mut(block.partition) else {
            return;
        };
        let n_records = u64::try_from(block.next_offset - *next_offset).unwrap_or(0);
        *next_offset = block.next_offset;
        let n_partitions = u64::try_from(partitions.len()).unwrap_or(1).max(1);
        let worth_us = n_records.saturating_mul(1_000_000)
            / self.per_second.saturating_mul(n_partitions).max(1);
        self.free_at = self.free_at.max(Instant::now()) + Duration::from_micros(worth_us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_run_is_told_goes_before_what_the_job_says() {
        let reads = Reads::default().from_latest();
        assert_eq!(reads.begin(From::Checkpoint), From::Latest);
        assert_eq!(reads.begin(From::Earliest), From::Earliest);
        assert_eq!(Reads::default().begin(From::Latest), From::Latest);
    }

    #[test]
    fn moment_that_is_none_is_refused_before_anything_is_read() {
        assert!(Reads::default().from_time("yesterday").check().is_err());
        assert!(
            Reads::default()
                .from_time("2026-01-01T00:00:00Z")
                .check()
                .is_ok()
        );
    }
}
