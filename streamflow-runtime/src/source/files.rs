//! Reads files line by line, and goes on reading as they grow: `from files("glob")`.
//!
//! Every file is a partition, and belongs to one worker. Each is read from where the last save
//! left it to the size it was last seen to have, one after the other; then sizes are looked at
//! again, and once a second the directory.

mod discovery;
mod followed;
#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::config::{From, Until};
use crate::error::Result;
use crate::record::Record;
use crate::source::lines::{Lines, Offsets, end_of_last_line};
use crate::source::{
    Block, Opening, Partition, PartitionKind, PartitionName, Polled, Reader, Source,
};
use crate::time::Clock;

use discovery::Pattern;
use followed::{Ending, Followed, Growth, file_error};

/// How often the directory is looked at.
const LOOK_EVERY_MS: u64 = 1_000;

/// How many files an idle worker looks at for growth at a time, so that very many do not cost it
/// its rest.
const LOOKED_AT_IDLE: usize = 256;

/// The same for a worker whose other sources have records.
const LOOKED_AT_BUSY: usize = 16;

/// `from files("glob")`: each line of each file that matches is a record.
///
/// Files may be added and may grow, but not change: what has been read is not read again. Files
/// whose names begin with `.` or `_` are passed over, as they are not finished.
#[derive(Debug)]
pub struct FilesSource {
    pattern: Pattern,
}

impl FilesSource {
    /// The files that match `pattern`: `logs/*.txt`, `logs/**/*.csv`.
    pub fn new(pattern: impl Into<String>) -> Self {
        FilesSource {
            pattern: Pattern(pattern.into()),
        }
    }
}

impl Source for FilesSource {
    type Reader = FilesReader;

    fn open(&self, opening: &Opening<'_>) -> Result<FilesReader> {
        let until = opening.config.until;
        let paths = self.pattern.matching()?;
        if opening.worker == 0 {
            self.pattern.check(until, paths.is_empty())?;
        }
        let mut reader = FilesReader {
            pattern: self.pattern.clone(),
            worker: opening.worker,
            workers: opening.workers,
            until,
            clock: opening.clock.clone(),
            partitions: Vec::new(),
            followed: Vec::new(),
            known: HashSet::new(),
            unread: VecDeque::new(),
            open: None,
            looked_ms: opening.clock.now_ms(),
            next_looked_at: 0,
            buffer: Vec::new(),
        };
        for path in paths {
            if reader.owns(&path) {
                reader.follow(path, |name, path, size| {
                    start_offset(opening, name, path, size)
                })?;
            }
        }
        Ok(reader)
    }
}

/// Where a file that is there at the start of a run is begun to be read.
fn start_offset(
    opening: &Opening<'_>,
    name: &PartitionName,
    path: &Path,
    size: u64,
) -> Result<u64> {
    if let Some(offset) = opening.checkpointed_offset(name) {
        return Ok(u64::try_from(offset).unwrap_or(0));
    }
    // Beside a checkpoint, a file that is not in it has come since.
    if opening.config.from != From::Latest || !opening.checkpointed.is_empty() {
        return Ok(0);
    }
    match opening.config.until {
        Until::CaughtUp => Ok(size),
        // A last line without an end is no record yet; it is one when it gets its end.
        Until::Stopped => File::open(path)
            .and_then(|file| end_of_last_line(&file, size))
            .map_err(|cause| file_error(path, cause)),
    }
}

/// One worker's share of the files.
#[derive(Debug)]
pub struct FilesReader {
    pattern: Pattern,
    worker: usize,
    workers: usize,
    until: Until,
    clock: Clock,
    /// A partition for each file, in the order in which they were found.
    partitions: Vec<Partition>,
    followed: Vec<Followed>,
    known: HashSet<PathBuf>,
    /// The files that have something to read, by position in `followed`.
    unread: VecDeque<usize>,
    /// The file at the front of `unread`. No other is open: there may be more than a process can
    /// have.
    open: Option<File>,
    /// When the directory was looked at last.
    looked_ms: i64,
    /// The file that is looked at for growth next.
    next_looked_at: usize,
    buffer: Vec<u8>,
}

impl Reader for FilesReader {
    type Items<'r> = Lines<'r>;
    type Item<'r> = Record<'r>;

    fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    fn is_caught_up(&self, partition: usize) -> bool {
        let file = self.followed.get(partition);
        file.is_none_or(|file| file.next_offset >= file.end)
    }

    fn poll(&mut self, wait: Duration) -> Result<Polled<Lines<'_>>> {
        let has_grown = self.until == Until::Stopped && self.look_around(wait)?;
        // The worker learns of new partitions between two polls, so new files wait for the next.
        if !has_grown && let Some(filled) = self.fill()? {
            return Ok(Polled::Block(self.block(&filled)));
        }
        match self.until {
            Until::CaughtUp => return Ok(Polled::Ended),
            Until::Stopped if has_grown => {}
            // There is nothing that would wake us when a file grows.
            Until::Stopped => thread::sleep(wait),
        }
        Ok(Polled::Idle)
    }
}

/// Lines that stand at the front of the buffer.
struct Filled {
    index: usize,
    offset: u64,
    n_bytes: usize,
}

impl FilesReader {
    fn owns(&self, path: &Path) -> bool {
        discovery::owner(path, self.workers) == self.worker
    }

    /// Takes a file up, to be read from `start` on.
    fn follow(
        &mut self,
        path: PathBuf,
        start: impl FnOnce(&PartitionName, &Path, u64) -> Result<u64>,
    ) -> Result<()> {
        let Some(size) = followed::size(&path)? else {
            return Ok(());
        };
        let topic = path.to_string_lossy().into();
        let name = PartitionName {
            topic,
            partition: 0,
            kind: PartitionKind::File,
        };
        let start_offset = start(&name, &path, size)?;
        let mut file = Followed {
            path: path.clone(),
            next_offset: start_offset,
            end: start_offset,
        };
        if file.look(&name, size)? == Growth::Grown {
            self.unread.push_back(self.followed.len());
        }
        self.followed.push(file);
        let start_offset = followed::signed(start_offset);
        self.partitions.push(Partition { name, start_offset });
        self.known.insert(path);
        Ok(())
    }

    /// Looks for new files if it is time, and for growth if there is nothing else to do. Returns
    /// whether there are new files.
    fn look_around(&mut self, wait: Duration) -> Result<bool> {
        let now_ms = self.clock.now_ms();
        // In either direction: the clock may be set back.
        let is_time = now_ms.abs_diff(self.looked_ms) >= LOOK_EVERY_MS;
        if is_time || self.unread.is_empty() {
            self.look_for_growth(if wait.is_zero() {
                LOOKED_AT_BUSY
            } else {
                LOOKED_AT_IDLE
            })?;
        }
        if !is_time {
            return Ok(false);
        }
        self.looked_ms = now_ms;
        let known = self.followed.len();
        for path in self.pattern.matching()? {
            if !self.known.contains(&path) && self.owns(&path) {
                self.follow(path, |_, _, _| Ok(0))?;
            }
        }
        Ok(self.followed.len() > known)
    }

    fn look_for_growth(&mut self, at_most: usize) -> Result<()> {
        let n_files = self.followed.len();
        for _ in 0..n_files.min(at_most) {
            let index = self.next_looked_at % n_files;
            self.next_looked_at = index + 1;
            if self.unread.contains(&index) {
                continue;
            }
            let (file, partition) = (&mut self.followed[index], &self.partitions[index]);
            // One that has been taken away can be left: it was read.
            let Some(size) = followed::size(&file.path)? else {
                continue;
            };
            if file.look(&partition.name, size)? == Growth::Grown {
                self.unread.push_back(index);
            }
        }
        Ok(())
    }

    /// Reads on in the first file that has whole lines.
    fn fill(&mut self) -> Result<Option<Filled>> {
        let ending = match self.until {
            Until::CaughtUp => Ending::IsLine,
            Until::Stopped => Ending::MayGoOn,
        };
        while let Some(&index) = self.unread.front() {
            let (file, partition) = (&mut self.followed[index], &self.partitions[index]);
            let open = match &mut self.open {
                Some(open) => open,
                closed @ None => closed.insert(file.open()?),
            };
            let offset = file.next_offset;
            let read = file.read(open, &partition.name, ending, &mut self.buffer)?;
            if read.is_at_end {
                self.unread.pop_front();
                self.open = None;
            }
            if read.n_bytes > 0 {
                return Ok(Some(Filled {
                    index,
                    offset,
                    n_bytes: read.n_bytes,
                }));
            }
        }
        Ok(None)
    }

    fn block(&self, filled: &Filled) -> Block<Lines<'_>> {
        let Filled {
            index,
            offset,
            n_bytes,
        } = *filled;
        let name = &self.partitions[index].name.topic;
        let text = &self.buffer[..n_bytes];
        Block {
            partition: index,
            next_offset: followed::signed(offset + n_bytes as u64),
            items: Lines::new(name, text, followed::signed(offset), Offsets::Bytes),
        }
    }
}
