//! Reads lines in a thread of its own, so that a worker never waits on an input that is silent.
//!
//! Full buffers go to the worker through a bounded channel, which holds the thread back when the
//! worker is slower; empty ones come back. The thread ends when the input does, or when it finds
//! the reader gone.

#[cfg(test)]
mod tests;

use std::io::{self, Read};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, channel, sync_channel,
};
use std::thread;
use std::time::Duration;

use memchr::{memchr_iter, memrchr};

use crate::error::{Code, Error, Result};
use crate::source::lines::{LONGEST_LINE_BYTES, Lines, Offsets, offset_of, too_long};
use crate::source::{Block, Partition, PartitionKind, PartitionName, Polled, Reader};

/// How much is read at once.
const BLOCK_BYTES: usize = 64 << 10;

/// How many full buffers wait for the worker at most.
const WAITING_BLOCKS: usize = 4;

/// An input that is read in a thread of its own.
pub(in crate::source) trait Input: Send + 'static {
    /// What the lines are read from.
    type Bytes: Read;

    /// Opens the input. Called once, in the thread.
    fn open(&mut self) -> Result<Self::Bytes>;

    /// What a failed read means.
    fn broken(&self, cause: io::Error) -> Error;
}

/// One worker's share of an input that is read in a thread of its own: all of it, or nothing.
///
/// The input is one partition, and its offsets count lines from 0.
#[derive(Debug)]
pub struct FedReader {
    /// The partition of the input; none for workers that do not read it.
    partitions: Vec<Partition>,
    feed: Option<Feed>,
}

#[derive(Debug)]
struct Feed {
    full: Receiver<Fed>,
    empty: Sender<Vec<u8>>,
    at_hand: Option<Filled>,
    /// The offset of the next line.
    next_offset: i64,
    has_ended: bool,
}

/// What the thread has to say.
#[derive(Debug)]
enum Fed {
    Lines(Filled),
    Ended,
    Failed(Error),
}

/// A buffer with lines at its front.
#[derive(Debug)]
struct Filled {
    buffer: Vec<u8>,
    n_bytes: usize,
    n_lines: usize,
}

impl FedReader {
    /// The share of a worker that reads nothing.
    pub(in crate::source) fn without_input() -> Self {
        FedReader {
            partitions: Vec::new(),
            feed: None,
        }
    }

    /// Starts to read an input.
    pub(in crate::source) fn start(name: &str, input: impl Input) -> Result<Self> {
        let name = PartitionName {
            topic: name.into(),
            partition: 0,
            kind: PartitionKind::Sequence,
        };
        let (send_full, full) = sync_channel(WAITING_BLOCKS);
        let (empty, take_empty) = channel();
        let thread = Thread {
            name: name.clone(),
            full: send_full,
            empty: take_empty,
        };
        // Never joined: it may be waiting for an input that stays silent for ever.
        thread::Builder::new()
            .name("streamflow-lines".to_owned())
            .spawn(move || thread.run(input))
            .map_err(|cause| {
                Error::new(Code::Bug, format!("cannot start a thread to read {name}"))
                    .caused_by(cause)
            })?;
        Ok(FedReader {
            partitions: vec![Partition {
                name,
                start_offset: 0,
            }],
            feed: Some(Feed {
                full,
                empty,
                at_hand: None,
                next_offset: 0,
                has_ended: false,
            }),
        })
    }
}

impl Reader for FedReader {
    type Items<'r> = Lines<'r>;
    type Item<'r> = crate::record::Record<'r>;

    fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    fn poll(&mut self, wait: Duration) -> Result<Polled<Lines<'_>>> {
        let (Some(partition), Some(feed)) = (self.partitions.first(), &mut self.feed) else {
            return Ok(Polled::Ended);
        };
        if feed.has_ended {
            return Ok(Polled::Ended);
        }
        match feed.next(wait) {
            None => Ok(Polled::Idle),
            Some(Fed::Lines(filled)) => Ok(Polled::Block(feed.block(&partition.name, filled))),
            Some(Fed::Ended) => {
                feed.has_ended = true;
                Ok(Polled::Ended)
            }
            Some(Fed::Failed(error)) => Err(error),
        }
    }
}

impl Feed {
    /// What the thread says next, within `wait`.
    fn next(&mut self, wait: Duration) -> Option<Fed> {
        if let Some(Filled { buffer, .. }) = self.at_hand.take() {
            // A thread that has read to the end needs no more buffers.
            let _ended = self.empty.send(buffer);
        }
        let fed = if wait.is_zero() {
            self.full
                .try_recv()
                .map_err(|error| error == TryRecvError::Empty)
        } else {
            self.full
                .recv_timeout(wait)
                .map_err(|error| error == RecvTimeoutError::Timeout)
        };
        match fed {
            Ok(fed) => Some(fed),
            Err(true) => None,
            Err(false) => {
                let what = "the thread that reads lines went away without a word";
                Some(Fed::Failed(Error::new(Code::Bug, what)))
            }
        }
    }

    fn block<'f>(&'f mut self, name: &'f PartitionName, filled: Filled) -> Block<Lines<'f>> {
        let offset = self.next_offset;
        self.next_offset = offset.saturating_add(offset_of(filled.n_lines));
        let Filled {
            buffer, n_bytes, ..
        } = self.at_hand.insert(filled);
        let text = buffer.get(..*n_bytes).unwrap_or_default();
        Block {
            partition: 0,
            next_offset: self.next_offset,
            items: Lines::new(&name.topic, text, offset, Offsets::Lines),
        }
    }
}

/// The thread's side.
struct Thread {
    name: PartitionName,
    full: SyncSender<Fed>,
    empty: Receiver<Vec<u8>>,
}

impl Thread {
    fn run(&self, input: impl Input) {
        let last = match self.read(input) {
            Ok(()) => Fed::Ended,
            Err(error) => Fed::Failed(error),
        };
        // A reader that is gone does not want to know.
        let _gone = self.full.send(last);
    }

    /// Reads to the end of the input, or until the reader is gone.
    fn read(&self, mut input: impl Input) -> Result<()> {
        let mut bytes = input.open()?;
        let mut buffer = vec![0; BLOCK_BYTES];
        // How much of the buffer holds the beginning of a line.
        let mut begun = 0;
        let mut lines = 0;
        loop {
            if begun == buffer.len() {
                if begun >= LONGEST_LINE_BYTES {
                    return Err(too_long(&self.name, offset_of(lines)));
                }
                buffer.resize(begun * 2, 0);
            }
            let n_read = match bytes.read(&mut buffer[begun..]) {
                Ok(n_read) => n_read,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
                Err(cause) => return Err(input.broken(cause)),
            };
            let read_to = begun + n_read;
            if n_read == 0 {
                if begun > 0 {
                    self.hand_over(Filled {
                        buffer,
                        n_bytes: begun,
                        n_lines: 1,
                    });
                }
                return Ok(());
            }
            let fresh = &buffer[begun..read_to];
            let Some(last) = memrchr(b'\n', fresh) else {
                begun = read_to;
                continue;
            };
            let n_lines = memchr_iter(b'\n', fresh).count();
            let n_bytes = begun + last + 1;
            let next = self.buffer_with(&buffer[n_bytes..read_to]);
            begun = read_to - n_bytes;
            lines += n_lines;
            let full = std::mem::replace(&mut buffer, next);
            if !self.hand_over(Filled {
                buffer: full,
                n_bytes,
                n_lines,
            }) {
                return Ok(());
            }
        }
    }

    /// An empty buffer with the beginning of a line put in front.
    fn buffer_with(&self, begun: &[u8]) -> Vec<u8> {
        // One that a long line has made large is not kept.
        let returned = self
            .empty
            .try_recv()
            .ok()
            .filter(|buffer| buffer.len() == BLOCK_BYTES);
        let mut buffer = returned.unwrap_or_else(|| vec![0; BLOCK_BYTES.max(begun.len())]);
        if buffer.len() < begun.len() {
            buffer.resize(begun.len(), 0);
        }
        buffer[..begun.len()].copy_from_slice(begun);
        buffer
    }

    /// Returns whether the reader is still there.
    fn hand_over(&self, filled: Filled) -> bool {
        self.full.send(Fed::Lines(filled)).is_ok()
    }
}
