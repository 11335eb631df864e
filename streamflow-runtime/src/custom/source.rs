//! `from custom(source)`.

use std::time::Duration;

use super::Result;
use crate::error::{Code, Error};
use crate::source::{
    Block, Opening, Partition, PartitionKind, PartitionName, Polled, Reader, Source,
};

/// An input that streamflow does not know.
///
/// It has partitions, which are dealt to the workers of a job. A place in a partition is an offset:
/// checkpoints hold for each partition the offset behind the last item that was processed, and a
/// partition is opened there again. So nothing is lost where an offset always means the same item.
///
/// An example stands in the book, under "A source of your own".
pub trait CustomSource: Send + Sync {
    /// What reads a partition.
    type Reader: CustomReader;

    /// The names of the partitions, the same ones in the same order for each worker that asks.
    ///
    /// # Errors
    ///
    /// Any error ends the job.
    fn partitions(&self) -> Result<Vec<String>>;

    /// Opens a partition in front of an offset: 0, or the one that the checkpoint has.
    ///
    /// # Errors
    ///
    /// Any error ends the job, and names the partition.
    fn open(&self, partition: &str, offset: i64) -> Result<Self::Reader>;
}

/// What reads one partition of a source.
pub trait CustomReader {
    /// What it reads.
    type Item;

    /// Adds the next items to `items`, each with its offset: a few hundred at most, as everything
    /// else waits meanwhile. Offsets rise. Where nothing is there it may wait for so long, and not
    /// longer.
    ///
    /// # Errors
    ///
    /// Any error ends the job, and names the partition and the offset.
    fn poll(&mut self, wait: Duration, items: &mut Vec<(i64, Self::Item)>) -> Result<Progress>;
}

/// What a reader knows of what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There is more to read.
    More,
    /// Everything that is there has been read; more may come. A run `--until caught-up` ends.
    CaughtUp,
    /// Nothing will come any more.
    Ended,
}

/// A source of a user's own, as the driver sees it.
#[derive(Debug)]
pub struct SourceOf<S>(pub(crate) S);

impl<S: CustomSource> Source for SourceOf<S> {
    type Reader = ReaderOf<S::Reader>;

    fn open(&self, opening: &Opening<'_>) -> crate::error::Result<Self::Reader> {
        let failed =
            |what: String| move |cause| Error::new(Code::InputUnreachable, what).caused_by(cause);
        let names = self.0.partitions();
        let names = names.map_err(failed("the source says no partitions".to_owned()))?;
        let mut reader = ReaderOf {
            partitions: Vec::new(),
            open: Vec::new(),
            items: Vec::new(),
            next: 0,
            until_caught_up: opening.config.until == crate::config::Until::CaughtUp,
        };
        for (index, name) in names.into_iter().enumerate() {
            if !opening.owns(index) {
                continue;
            }
            let name = PartitionName {
                topic: name.into(),
                partition: 0,
                kind: PartitionKind::Sequence,
            };
            let start_offset = opening.checkpointed_offset(&name).unwrap_or(0).max(0);
            let of_partition = self.0.open(&name.topic, start_offset);
            let of_partition = of_partition.map_err(failed(format!("{name} cannot be opened")))?;
            reader.open.push(Open {
                reader: of_partition,
                next_offset: start_offset,
                progress: Progress::More,
            });
            reader.partitions.push(Partition { name, start_offset });
        }
        Ok(reader)
    }
}

/// The partitions of one worker.
#[derive(Debug)]
pub struct ReaderOf<R: CustomReader> {
    partitions: Vec<Partition>,
    /// In the same order.
    open: Vec<Open<R>>,
    items: Vec<(i64, R::Item)>,
    /// Whose turn it is.
    next: usize,
    until_caught_up: bool,
}

#[derive(Debug)]
struct Open<R> {
    reader: R,
    next_offset: i64,
    progress: Progress,
}

impl<R> Open<R> {
    fn is_over(&self, until_caught_up: bool) -> bool {
        match self.progress {
            Progress::More => false,
            Progress::CaughtUp => until_caught_up,
            Progress::Ended => true,
        }
    }
}

impl<R: CustomReader> ReaderOf<R> {
    /// Takes what the partition whose turn it is has, waiting for so long; gives which one that was.
    fn take_turn(&mut self, wait: Duration) -> crate::error::Result<Option<usize>> {
        let at = self.next;
        self.next = (at + 1) % self.open.len().max(1);
        let (Some(open), Some(partition)) = (self.open.get_mut(at), self.partitions.get(at)) else {
            return Ok(None);
        };
        if open.is_over(self.until_caught_up) {
            return Ok(None);
        }
        self.items.clear();
        let polled = open.reader.poll(wait, &mut self.items);
        open.progress = polled.map_err(|cause| {
            Error::new(Code::InputUnreachable, "the source failed")
                .at(partition.name.place(open.next_offset))
                .caused_by(cause)
        })?;
        let Some((last, _)) = self.items.last() else {
            return Ok(None);
        };
        open.next_offset = last.saturating_add(1);
        Ok(Some(at))
    }
}

impl<R: CustomReader> Reader for ReaderOf<R> {
    type Items<'r>
        = std::vec::Drain<'r, (i64, R::Item)>
    where
        R: 'r;
    type Item<'r>
        = R::Item
    where
        R: 'r;

    fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    fn poll(&mut self, wait: Duration) -> crate::error::Result<Polled<Self::Items<'_>>> {
        let mut come = None;
        for _ in 0..self.open.len() {
            come = self.take_turn(Duration::ZERO)?;
            if come.is_some() {
                break;
            }
        }
        let is_over = |open: &Open<R>| open.is_over(self.until_caught_up);
        if come.is_none() && self.open.iter().all(is_over) {
            return Ok(Polled::Ended);
        }
        if come.is_none() && !wait.is_zero() {
            come = self.take_turn(wait)?;
        }
        let come = come.and_then(|at| Some((at, self.open.get(at)?.next_offset)));
        Ok(match come {
            Some((partition, next_offset)) => Polled::Block(Block {
                partition,
                next_offset,
                items: self.items.drain(..),
            }),
            None => Polled::Idle,
        })
    }

    fn is_caught_up(&self, partition: usize) -> bool {
        let open = self.open.get(partition);
        open.is_none_or(|open| open.progress != Progress::More)
    }
}
