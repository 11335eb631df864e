//! Reads what comes through a channel of the program.

use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::error::{Code, Error, Result};
use crate::source::{
    Block, Opening, Partition, PartitionKind, PartitionName, Polled, Reader, Source,
};

/// A block has at most so many items.
const BLOCK_ITEMS: usize = 1_024;

/// The receiver of a channel.
pub trait ReceivingEnd {
    /// What comes through it.
    type Item;

    /// The receiver.
    fn itself(self) -> Receiver<Self::Item>;
}

impl<T> ReceivingEnd for Receiver<T> {
    type Item = T;

    fn itself(self) -> Receiver<T> {
        self
    }
}

/// `from channel(receiver)`: what comes through a channel, read once, by the first worker.
///
/// An offset counts the items that the job has read, from 0 and on behind a checkpoint. What was
/// read and not processed is gone when the job ends: a channel cannot be read again.
#[derive(Debug)]
pub struct ChannelSource<T> {
    receiver: Mutex<Option<Receiver<T>>>,
}

impl<T> ChannelSource<T> {
    /// Reads the receiver until all its senders are gone.
    pub fn new(receiver: Receiver<T>) -> Self {
        ChannelSource {
            receiver: Mutex::new(Some(receiver)),
        }
    }
}

impl<T: Send> Source for ChannelSource<T> {
    type Reader = ChannelReader<T>;

    fn open(&self, opening: &Opening<'_>) -> Result<ChannelReader<T>> {
        let mut reader = ChannelReader {
            receiver: None,
            partitions: Vec::new(),
            next_offset: 0,
            buffer: Vec::new(),
            longest: BLOCK_ITEMS,
        };
        if !opening.owns(0) {
            return Ok(reader);
        }
        let receiver = self
            .receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        reader.receiver = Some(receiver.ok_or_else(|| {
            Error::new(
                Code::UnknownInput,
                "the receiver behind `channel` was taken by an earlier run of this job",
            )
            .help("make the channel and the job anew for each run")
        })?);
        let name = PartitionName {
            topic: Arc::from("channel"),
            partition: 0,
            kind: PartitionKind::Sequence,
        };
        reader.next_offset = opening.checkpointed_offset(&name).unwrap_or(0).max(0);
        reader.partitions.push(Partition {
            name,
            start_offset: reader.next_offset,
        });
        Ok(reader)
    }
}

/// One worker's share of a channel: all of it, or nothing.
#[derive(Debug)]
pub struct ChannelReader<T> {
    /// `None` when all senders are gone, and for workers that have no share.
    receiver: Option<Receiver<T>>,
    partitions: Vec<Partition>,
    next_offset: i64,
    buffer: Vec<(i64, T)>,
    /// How many items a block has at most.
    longest: usize,
}

impl<T> ChannelReader<T> {
    /// Takes what is there, and waits for the first item if nothing is.
    fn fill(&mut self, wait: Duration) {
        self.buffer.clear();
        let Some(receiver) = &self.receiver else {
            return;
        };
        let mut next = match receiver.try_recv() {
            Err(TryRecvError::Empty) if !wait.is_zero() => receiver.recv_timeout(wait),
            Err(TryRecvError::Empty) => Err(RecvTimeoutError::Timeout),
            Err(TryRecvError::Disconnected) => Err(RecvTimeoutError::Disconnected),
            Ok(item) => Ok(item),
        };
        loop {
            match next {
                Ok(item) => {
                    self.buffer.push((self.next_offset, item));
                    self.next_offset += 1;
                }
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => {
                    self.receiver = None;
                    return;
                }
            }
            if self.buffer.len() >= self.longest {
                return;
            }
            next = receiver.try_recv().map_err(|nothing| match nothing {
                TryRecvError::Empty => RecvTimeoutError::Timeout,
                TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
            });
        }
    }
}

impl<T> Reader for ChannelReader<T> {
    type Items<'r>
        = std::vec::Drain<'r, (i64, T)>
    where
        T: 'r;
    type Item<'r>
        = T
    where
        T: 'r;

    fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    fn limit(&mut self, records: u64) {
        let records = usize::try_from(records).unwrap_or(BLOCK_ITEMS);
        self.longest = records.clamp(1, BLOCK_ITEMS);
    }

    fn poll(&mut self, wait: Duration) -> Result<Polled<Self::Items<'_>>> {
        self.fill(wait);
        if !self.buffer.is_empty() {
            return Ok(Polled::Block(Block {
                partition: 0,
                next_offset: self.next_offset,
                items: self.buffer.drain(..),
            }));
        }
        Ok(match self.receiver {
            Some(_) => Polled::Idle,
            None => Polled::Ended,
        })
    }
}
