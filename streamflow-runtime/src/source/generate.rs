//! Makes items at a steady rate, from their numbers.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::config::Until;
use crate::error::{Code, Error, Result};
use crate::source::{
    Block, Opening, Partition, PartitionKind, PartitionName, Polled, Reader, Source,
};
use crate::time::Clock;

/// A block has at most so many items.
const BLOCK_ITEMS: u64 = 1_024;
/// How long a reader without items sleeps before it looks again.
const STEP: Duration = Duration::from_millis(1);

/// `from generate(rate, f)`: item `n` is `f(n)`, made by the first worker, `rate` a second.
///
/// A run that continues from a checkpoint goes on with the next item at once.
#[derive(Debug)]
pub struct GenerateSource<F> {
    per_second: u64,
    make: Arc<F>,
}

impl<F> GenerateSource<F> {
    /// Makes `per_second` items a second.
    pub fn new(per_second: u64, make: F) -> Self {
        GenerateSource {
            per_second,
            make: Arc::new(make),
        }
    }
}

impl<T, F: Fn(u64) -> T + Send + Sync> Source for GenerateSource<F> {
    type Reader = GenerateReader<F>;

    fn open(&self, opening: &Opening<'_>) -> Result<GenerateReader<F>> {
        if self.per_second == 0 {
            return Err(
                Error::new(Code::Config, "`generate` makes 0 items a second")
                    .help("give it a rate of at least 1"),
            );
        }
        let name = PartitionName {
            topic: Arc::from("generate"),
            partition: 0,
            kind: PartitionKind::Sequence,
        };
        let start_offset = opening.checkpointed_offset(&name).unwrap_or(0).max(0);
        let partitions = if opening.owns(0) {
            vec![Partition { name, start_offset }]
        } else {
            Vec::new()
        };
        let first = start_offset.cast_unsigned();
        Ok(GenerateReader {
            // At the start there is nothing, so a run that only catches up is at its end.
            has_ended: partitions.is_empty() || opening.config.until == Until::CaughtUp,
            partitions,
            make: Arc::clone(&self.make),
            per_second: self.per_second,
            clock: opening.clock.clone(),
            start_ms: opening.clock.now_ms(),
            first,
            next: first,
            longest: BLOCK_ITEMS,
        })
    }
}

/// One worker's share of the generated items: all of them, or nothing.
#[derive(Debug)]
pub struct GenerateReader<F> {
    partitions: Vec<Partition>,
    make: Arc<F>,
    per_second: u64,
    clock: Clock,
    start_ms: i64,
    /// The item that is due at `start_ms`.
    first: u64,
    /// The next item to make.
    next: u64,
    /// How many items a block has at most.
    longest: u64,
    has_ended: bool,
}

impl<F> GenerateReader<F> {
    /// The number of the first item that is not due yet.
    fn end(&self) -> u64 {
        let elapsed_ms = i128::from(self.clock.now_ms()) - i128::from(self.start_ms);
        let due = elapsed_ms.max(0) * i128::from(self.per_second) / 1_000 + 1;
        self.first
            .saturating_add(u64::try_from(due).unwrap_or(u64::MAX))
    }
}

impl<T, F: Fn(u64) -> T> Reader for GenerateReader<F> {
    type Items<'r>
        = Generated<'r, F>
    where
        F: 'r;
    type Item<'r>
        = T
    where
        F: 'r;

    fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    fn limit(&mut self, records: u64) {
        self.longest = records.clamp(1, BLOCK_ITEMS);
    }

    fn poll(&mut self, wait: Duration) -> Result<Polled<Self::Items<'_>>> {
        if self.has_ended {
            return Ok(Polled::Ended);
        }
        let began = Instant::now();
        while self.end() <= self.next {
            let left = wait.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Ok(Polled::Idle);
            }
            thread::sleep(left.min(STEP));
        }
        let next = self.next;
        self.next = self.end().min(next + self.longest);
        Ok(Polled::Block(Block {
            partition: 0,
            next_offset: self.next.cast_signed(),
            items: Generated {
                make: &self.make,
                next,
                end: self.next,
            },
        }))
    }
}

/// The items of one block, each made when it is asked for.
#[derive(Debug)]
pub struct Generated<'r, F> {
    make: &'r F,
    next: u64,
    end: u64,
}

impl<T, F: Fn(u64) -> T> Iterator for Generated<'_, F> {
    type Item = (i64, T);

    #[inline]
    fn next(&mut self) -> Option<(i64, T)> {
        if self.next >= self.end {
            return None;
        }
        let n = self.next;
        self.next += 1;
        Some((n.cast_signed(), (self.make)(n)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;
    use crate::connection::Connection;
    use crate::plan::Plan;
    use crate::time::ManualClock;
    use crate::topics::Topics;

    const PLAN: Plan = Plan::empty("test");

    type Make = fn(u64) -> u64;

    struct Test {
        per_second: u64,
        worker: usize,
        checkpointed: Option<i64>,
        until: Until,
        clock: Arc<ManualClock>,
    }

    fn test() -> Test {
        Test {
            per_second: 100,
            worker: 0,
            checkpointed: None,
            until: Until::Stopped,
            clock: Arc::new(ManualClock::at(50_000)),
        }
    }

    impl Test {
        fn open(&self) -> Result<GenerateReader<Make>> {
            let name = PartitionName {
                topic: "generate".into(),
                partition: 0,
                kind: PartitionKind::Sequence,
            };
            let checkpointed: Vec<_> = self
                .checkpointed
                .map(|offset| (name, offset))
                .into_iter()
                .collect();
            let make: Make = |n| n * 10;
            GenerateSource::new(self.per_second, make).open(&Opening {
                stage: 0,
                worker: self.worker,
                workers: 2,
                connection: &Connection::InProcess(Arc::new(Topics::new())),
                checkpointed: &checkpointed,
                config: &RunConfig {
                    until: self.until,
                    ..RunConfig::of(&PLAN).unwrap()
                },
                clock: &Clock::Manual(Arc::clone(&self.clock)),
            })
        }
    }

    fn read(reader: &mut GenerateReader<Make>) -> Vec<(i64, u64)> {
        let mut seen = Vec::new();
        loop {
            match reader.poll(Duration::ZERO).unwrap() {
                Polled::Block(block) => {
                    let next_offset = block.next_offset;
                    seen.extend(block.items);
                    assert_eq!(seen.last().unwrap().0 + 1, next_offset);
                }
                Polled::Idle => return seen,
                Polled::Ended => panic!("a generator does not end"),
            }
        }
    }

    #[test]
    fn items_come_at_the_steady_rate() {
        let test = test();
        let mut reader = test.open().unwrap();
        assert_eq!(read(&mut reader), [(0, 0)]);
        test.clock.set(50_009);
        assert_eq!(read(&mut reader), []);
        test.clock.set(50_020);
        assert_eq!(read(&mut reader), [(1, 10), (2, 20)]);
        test.clock.set(80_000);
        assert_eq!(read(&mut reader).len(), 2_998, "in several blocks");
    }

    #[test]
    fn restart_goes_on_with_the_next_item_at_once() {
        let test = Test {
            checkpointed: Some(7),
            ..test()
        };
        let mut reader = test.open().unwrap();
        assert_eq!(reader.partitions()[0].start_offset, 7);
        assert_eq!(read(&mut reader), [(7, 70)]);
        test.clock.set(50_010);
        assert_eq!(read(&mut reader), [(8, 80)]);
    }

    #[test]
    fn other_workers_have_no_share() {
        let mut reader = Test {
            worker: 1,
            ..test()
        }
        .open()
        .unwrap();
        assert!(reader.partitions().is_empty());
        assert!(matches!(reader.poll(Duration::ZERO), Ok(Polled::Ended)));
    }

    #[test]
    fn run_that_catches_up_has_nothing_to_read() {
        for checkpointed in [None, Some(7)] {
            let test = Test {
                until: Until::CaughtUp,
                checkpointed,
                ..test()
            };
            let mut reader = test.open().unwrap();
            assert!(matches!(reader.poll(Duration::ZERO), Ok(Polled::Ended)));
        }
    }

    #[test]
    fn rate_of_zero_is_refused() {
        let error = Test {
            per_second: 0,
            ..test()
        }
        .open()
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "SF7801 `generate` makes 0 items a second: give it a rate of at least 1"
        );
    }
}
