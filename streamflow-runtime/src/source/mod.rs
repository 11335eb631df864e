//! Where records enter a job: a source is opened once per worker and hands out whole blocks.
//!
//! `Source` (what the job names) → `Reader` (one worker's share) → `Block` (records of one
//! partition, borrowed from the bytes that were fetched).

pub mod channel;
pub mod files;
pub mod generate;
pub mod iter;
pub mod kafka;
pub(crate) mod lines;
pub mod socket;
pub mod stdin;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;

/// An input of a job, shared by its workers.
pub trait Source: Send + Sync {
    /// What one worker reads with.
    type Reader: Reader;

    /// Opens the share of one worker: the partitions that are its own, at their start offsets.
    fn open(&self, opening: &Opening<'_>) -> Result<Self::Reader>;
}

/// One worker's share of a source.
pub trait Reader {
    /// The items of one block, each with its offset.
    type Items<'r>: Iterator<Item = (i64, Self::Item<'r>)>
    where
        Self: 'r;
    /// What the first stage gets: a borrowed [`Record`](crate::Record), or an owned item.
    type Item<'r>
    where
        Self: 'r;

    /// The partitions this reader owns; a block names its own by position in this list.
    fn partitions(&self) -> &[Partition];

    /// The next block, waiting for at most `wait` if there is none at hand.
    fn poll(&mut self, wait: Duration) -> Result<Polled<Self::Items<'_>>>;

    /// Holds blocks to so many records from now on. A source that cannot cut what it has read hands
    /// it out whole.
    fn limit(&mut self, _records: u64) {}

    /// Says, when a block has been walked, whether that was all of it. Where it was not, the run
    /// ends in front of the block.
    fn finish(&mut self) -> Result<()> {
        Ok(())
    }

    /// Whether a partition has been read to the end that it has now, by its place in
    /// [`Reader::partitions`]. Asked between two blocks.
    fn is_caught_up(&self, _partition: usize) -> bool {
        true
    }

    /// Whether partitions can go from one reader of the source to another while they are read.
    fn shares_again(&self) -> bool {
        false
    }

    /// Lets go of a partition, by its place in [`Reader::partitions`], where it stays: nothing more
    /// is handed out of it. Called between two blocks, where [`Reader::shares_again`] holds.
    fn release(&mut self, _partition: usize) {}

    /// Takes over a partition that another reader of the source has let go of, at the first offset
    /// that has not been processed. It gets the next place in [`Reader::partitions`].
    fn adopt(&mut self, _partition: &PartitionName, _next_offset: i64) -> Result<()> {
        Ok(())
    }
}

/// What a reader has at the moment.
#[derive(Debug)]
pub enum Polled<I> {
    /// Records.
    Block(Block<I>),
    /// Nothing now; more may come.
    Idle,
    /// Nothing now, and nothing will come: the input has ended, or has been read to the end it
    /// had at the start of a run `--until caught-up`.
    Ended,
}

/// Records of one partition, in the order of their offsets.
#[derive(Debug)]
pub struct Block<I> {
    /// The partition, as a position in [`Reader::partitions`].
    pub partition: usize,
    /// The offset to continue from once the whole block has been processed.
    pub next_offset: i64,
    /// The items, each with its own offset.
    pub items: I,
}

/// A partition that a reader owns, and where it begins to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// What checkpoints and messages call it.
    pub name: PartitionName,
    /// The first offset to read.
    pub start_offset: i64,
}

/// What checkpoints and messages call a partition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionName {
    /// The topic; for other sources the file, the address, `stdin`.
    pub topic: Arc<str>,
    /// The partition of the topic; 0 for sources without partitions.
    pub partition: i32,
    /// How a place in it is written.
    pub kind: PartitionKind,
}

/// How a place in a partition is written in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartitionKind {
    /// `topic[partition] at offset N`.
    Topic,
    /// `path at byte N`.
    File,
    /// `name at item N`: an iterator, a generator, standard input, a socket.
    Sequence,
}

impl PartitionName {
    /// A place in this partition, as messages write it.
    pub fn place(&self, offset: i64) -> String {
        match self.kind {
            PartitionKind::Topic => format!("{self} at offset {offset}"),
            PartitionKind::File => format!("{self} at byte {offset}"),
            PartitionKind::Sequence => format!("{self} at item {offset}"),
        }
    }
}

impl fmt::Display for PartitionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            PartitionKind::Topic => write!(f, "`{}`[{}]", self.topic, self.partition),
            PartitionKind::File | PartitionKind::Sequence => write!(f, "`{}`", self.topic),
        }
    }
}

/// What a source is told when one worker opens it.
#[derive(Debug)]
pub struct Opening<'a> {
    /// The number of the stage that the source is.
    pub stage: usize,
    /// The worker that opens, from 0.
    pub worker: usize,
    /// How many workers share the source.
    pub workers: usize,
    /// What the run is connected to.
    pub connection: &'a crate::connection::Connection,
    /// The offsets that the checkpoint has for this source; empty without a checkpoint.
    pub checkpointed: &'a [(PartitionName, i64)],
    /// How this run is set up.
    pub config: &'a crate::config::RunConfig,
    /// The clock of the run.
    pub clock: &'a crate::time::Clock,
}

impl Opening<'_> {
    /// The offset to continue a partition from, if the checkpoint has one.
    pub fn checkpointed_offset(&self, name: &PartitionName) -> Option<i64> {
        self.checkpointed
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, offset)| *offset)
    }

    /// Whether this worker owns the `index`th partition of the source: they are dealt in turn.
    pub fn owns(&self, index: usize) -> bool {
        index % self.workers == self.worker
    }
}
