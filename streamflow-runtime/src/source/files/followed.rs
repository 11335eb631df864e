//! Reads whole lines of one file, up to the size it was last seen to have.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use memchr::memrchr;

use crate::error::{Code, Error, Result};
use crate::source::PartitionName;
use crate::source::lines::{LONGEST_LINE_BYTES, too_long};

/// How much is read at once, unless a line is longer.
const BLOCK_BYTES: usize = 256 << 10;

/// A file and how far it has been read.
#[derive(Debug)]
pub(super) struct Followed {
    pub(super) path: PathBuf,
    /// Behind the last whole line that was read.
    pub(super) next_offset: u64,
    /// The size that was seen last. What lies between is read, or is known to be the beginning
    /// of a line.
    pub(super) end: u64,
}

/// What a look at a file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Growth {
    Grown,
    None,
}

/// What a last line without an end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// A line: no more will come.
    IsLine,
    /// The beginning of a line.
    MayGoOn,
}

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockRead {
    /// How much of the buffer is whole lines.
    pub(super) n_bytes: usize,
    /// Whether the file was read to the size it was seen to have.
    pub(super) is_at_end: bool,
}

impl Followed {
    /// Takes note of the size that the file has now.
    pub(super) fn look(&mut self, name: &PartitionName, size: u64) -> Result<Growth> {
        if size < self.next_offset {
            return Err(Error::new(
                Code::OffsetOutOfRange,
                format!("{name} is shorter ({size} bytes) than what was read of it"),
            )
            .at(name.place(signed(self.next_offset)))
            .help("files may grow but not change: put new lines into a new file"));
        }
        let growth = if size > self.end {
            Growth::Grown
        } else {
            Growth::None
        };
        self.end = size;
        Ok(growth)
    }

    pub(super) fn open(&self) -> Result<File> {
        File::open(&self.path).map_err(|cause| file_error(&self.path, cause))
    }

    /// Reads a block of whole lines to the front of `buffer`.
    pub(super) fn read(
        &mut self,
        file: &File,
        name: &PartitionName,
        ending: Ending,
        buffer: &mut Vec<u8>,
    ) -> Result<BlockRead> {
        let mut wanted = BLOCK_BYTES;
        let mut filled = 0;
        loop {
            let searched = filled;
            filled = self.fill(file, buffer, filled, wanted)?;
            let is_at_end = self.next_offset + filled as u64 >= self.end;
            let fresh = &buffer[searched..filled];
            let whole = match (ending, memrchr(b'\n', fresh)) {
                (Ending::IsLine, _) if is_at_end => Some(filled),
                (Ending::IsLine | Ending::MayGoOn, Some(last)) => Some(searched + last + 1),
                (Ending::IsLine | Ending::MayGoOn, None) => is_at_end.then_some(0),
            };
            if let Some(n_bytes) = whole {
                self.next_offset += n_bytes as u64;
                return Ok(BlockRead { n_bytes, is_at_end });
            }
            if wanted >= LONGEST_LINE_BYTES {
                return Err(too_long(name, signed(self.next_offset)));
            }
            wanted = (wanted * 2).min(LONGEST_LINE_BYTES);
        }
    }

    /// Reads on until `wanted` bytes stand in the buffer, or all that the file has.
    fn fill(
        &mut self,
        file: &File,
        buffer: &mut Vec<u8>,
        mut filled: usize,
        wanted: usize,
    ) -> Result<usize> {
        let left = self.end.saturating_sub(self.next_offset);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(wanted);
        if buffer.len() < wanted {
            buffer.resize(wanted, 0);
        }
        while filled < wanted {
            match file.read_at(
                &mut buffer[filled..wanted],
                self.next_offset + filled as u64,
            ) {
                // It has been cut back since we looked at it.
                Ok(0) => {
                    self.end = self.next_offset + filled as u64;
                    break;
                }
                Ok(n_read) => filled += n_read,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(file_error(&self.path, cause)),
            }
        }
        Ok(filled)
    }
}

/// The size of a file; `None` if it is gone, or is no file.
pub(super) fn size(path: &Path) -> Result<Option<u64>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.is_file().then_some(metadata.len())),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(file_error(path, cause)),
    }
}

/// A byte of a file as an offset.
pub(super) fn signed(byte: u64) -> i64 {
    i64::try_from(byte).unwrap_or(i64::MAX)
}

pub(super) fn file_error(path: &Path, cause: io::Error) -> Error {
    Error::new(Code::FileIo, "cannot read a file").caused_by(cause).at(path.display()).help(
        "nothing since the last save is committed: give this user read access, then start the job again",
    )
}
