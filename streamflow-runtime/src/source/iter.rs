//! Reads the items of an iterator that the program has made.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Code, Error, Result};
use crate::source::{
    Block, Opening, Partition, PartitionKind, PartitionName, Polled, Reader, Source,
};

/// A block has at most so many items.
const BLOCK_ITEMS: usize = 1_024;
/// An iterator that is slow gets its items out once so much time has passed.
const PATIENCE: Duration = Duration::from_millis(1);

/// `from iter(…)`: the items of an iterator, read once, by the first worker.
///
/// An offset counts items from 0. A run that continues from a checkpoint skips the items that
/// were processed before: the program makes the same iterator again.
#[derive(Debug)]
pub struct IterSource<I> {
    items: Mutex<Option<I>>,
}

impl<I> IterSource<I> {
    /// Reads the items once.
    pub fn new(items: impl IntoIterator<IntoIter = I>) -> Self {
        IterSource {
            items: Mutex::new(Some(items.into_iter())),
        }
    }
}

impl<I: Iterator<Item: Send> + Send> Source for IterSource<I> {
    type Reader = IterReader<I>;

    fn open(&self, opening: &Opening<'_>) -> Result<IterReader<I>> {
        if !opening.owns(0) {
            return Ok(IterReader {
                items: None,
                partitions: Vec::new(),
                next_offset: 0,
                buffer: Vec::new(),
                longest: BLOCK_ITEMS,
            });
        }
        let items = self
            .items
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let mut items = items.ok_or_else(|| {
            Error::new(
                Code::UnknownInput,
                "the iterator behind `iter` was used up by an earlier run of this job",
            )
            .help("make the job anew for each run")
        })?;
        let name = PartitionName {
            topic: Arc::from("iter"),
            partition: 0,
            kind: PartitionKind::Sequence,
        };
        let start_offset = opening.checkpointed_offset(&name).unwrap_or(0).max(0);
        if let Some(last) = usize::try_from(start_offset)
            .unwrap_or(usize::MAX)
            .checked_sub(1)
        {
            drop(items.nth(last));
        }
        Ok(IterReader {
            items: Some(items),
            partitions: vec![Partition { name, start_offset }],
            next_offset: start_offset,
            buffer: Vec::with_capacity(BLOCK_ITEMS),
            longest: BLOCK_ITEMS,
        })
    }
}

/// One worker's share of an iterator: all of it, or nothing.
#[derive(Debug)]
pub struct IterReader<I: Iterator> {
    /// `None` when the items have ended, and for workers that have no share.
    items: Option<I>,
    partitions: Vec<Partition>,
    next_offset: i64,
    buffer: Vec<(i64, I::Item)>,
    /// How many items a block has at most.
    longest: usize,
}

impl<I: Iterator> IterReader<I> {
    /// Takes the items of one block.
    fn fill(&mut self) {
        self.buffer.clear();
        let began = Instant::now();
        while self.buffer.len() < self.longest {
            let Some(item) = self.items.as_mut().and_then(Iterator::next) else {
                // An iterator may not be asked again once it has ended.
                self.items = None;
                return;
            };
            self.buffer.push((self.next_offset, item));
            self.next_offset += 1;
            // Seldom enough to cost nothing, often enough that a slow iterator (a channel, say)
            // does not hold its first items back until the block is full.
            if self.buffer.len().is_power_of_two() && began.elapsed() > PATIENCE {
                return;
            }
        }
    }
}

impl<I: Iterator> Reader for IterReader<I> {
    type Items<'r>
        = std::vec::Drain<'r, (i64, I::Item)>
    where
        I: 'r;
    type Item<'r>
        = I::Item
    where
        I: 'r;

    fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    fn limit(&mut self, records: u64) {
        let records = usize::try_from(records).unwrap_or(BLOCK_ITEMS);
        self.longest = records.clamp(1, BLOCK_ITEMS);
    }

    fn poll(&mut self, _wait: Duration) -> Result<Polled<Self::Items<'_>>> {
        self.fill();
        if self.buffer.is_empty() {
            return Ok(Polled::Ended);
        }
        Ok(Polled::Block(Block {
            partition: 0,
            next_offset: self.next_offset,
            items: self.buffer.drain(..),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;
    use crate::connection::Connection;
    use crate::plan::Plan;
    use crate::time::Clock;
    use crate::topics::Topics;

    const PLAN: Plan = Plan::empty("test");

    fn open<I>(
        source: &IterSource<I>,
        worker: usize,
        checkpointed: Option<i64>,
    ) -> Result<IterReader<I>>
    where
        I: Iterator<Item: Send> + Send,
    {
        let name = PartitionName {
            topic: "iter".into(),
            partition: 0,
            kind: PartitionKind::Sequence,
        };
        let checkpointed: Vec<_> = checkpointed
            .map(|offset| (name, offset))
            .into_iter()
            .collect();
        source.open(&Opening {
            stage: 0,
            worker,
            workers: 2,
            connection: &Connection::InProcess(Arc::new(Topics::new())),
            checkpointed: &checkpointed,
            config: &RunConfig::of(&PLAN).unwrap(),
            clock: &Clock::System,
        })
    }

    fn read<I: Iterator>(reader: &mut IterReader<I>) -> Vec<(i64, I::Item)> {
        let mut seen = Vec::new();
        while let Polled::Block(block) = reader.poll(Duration::ZERO).unwrap() {
            assert_eq!(block.partition, 0);
            let next_offset = block.next_offset;
            seen.extend(block.items);
            assert_eq!(seen.last().unwrap().0 + 1, next_offset);
        }
        seen
    }

    #[test]
    fn items_are_counted_from_zero_over_all_blocks() {
        let mut reader = open(&IterSource::new(0..5_000), 0, None).unwrap();
        let expected: Vec<(i64, i64)> = (0..5_000).map(|n| (n, n)).collect();
        assert_eq!(read(&mut reader), expected);
    }

    #[test]
    fn other_workers_have_no_share() {
        let source = IterSource::new(["a"]);
        let mut other = open(&source, 1, None).unwrap();
        assert!(other.partitions().is_empty());
        assert!(matches!(other.poll(Duration::ZERO), Ok(Polled::Ended)));
        assert_eq!(read(&mut open(&source, 0, None).unwrap()), [(0, "a")]);
    }

    #[test]
    fn restart_skips_the_items_that_were_processed() {
        let mut reader = open(&IterSource::new(["a", "b", "c"]), 0, Some(2)).unwrap();
        assert_eq!(reader.partitions()[0].start_offset, 2);
        assert_eq!(read(&mut reader), [(2, "c")]);
        let mut reader = open(&IterSource::new(["a"]), 0, Some(2)).unwrap();
        assert_eq!(read(&mut reader), []);
    }

    #[test]
    fn second_run_is_told_that_the_iterator_is_used_up() {
        let source = IterSource::new(["a"]);
        read(&mut open(&source, 0, None).unwrap());
        assert_eq!(
            open(&source, 0, None).unwrap_err().to_string(),
            "SF6602 the iterator behind `iter` was used up by an earlier run of this job: make \
             the job anew for each run"
        );
    }

    #[test]
    fn iterator_is_not_asked_again_once_it_has_ended() {
        let mut asked = 0;
        let items = std::iter::from_fn(move || {
            asked += 1;
            assert!(asked <= 2);
            (asked == 1).then_some(asked)
        });
        let mut reader = open(&IterSource::new(items), 0, None).unwrap();
        assert_eq!(read(&mut reader), [(0, 1)]);
        assert!(matches!(reader.poll(Duration::ZERO), Ok(Polled::Ended)));
    }
}
