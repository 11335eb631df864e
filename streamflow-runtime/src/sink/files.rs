//! Writes rows to files that appear when they are whole: `to files("dir")`.
//!
//! ```text
//! row → the writer's buffer → (hand over) → the sink's → (publish) → .part-….inprogress
//!                                                     → (finish)  → part-…
//! ```
//!
//! A file takes its name only when it is on disk, so whoever reads the directory sees whole
//! files.

mod leftovers;
mod part;
mod rows;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Code, Error, Result};
use crate::round::Round;
use crate::sink::{Sink, SinkOpening, Writer, Writes};
use crate::time::Clock;

use part::Part;
use rows::Rows;

/// A writer with more than this hands it over before the round, so that memory stays bounded.
const HAND_OVER_BYTES: usize = 1 << 20;

/// How `to files(…)` was written.
#[derive(Debug, Clone)]
pub struct FilesOptions {
    /// The directory.
    pub dir: PathBuf,
    /// What the names of files end in, without the dot.
    pub suffix: String,
    /// `every D`, in milliseconds: how long one file is written to.
    pub every_ms: Option<u64>,
    /// `roll:`, what else ends a file.
    pub roll: Option<Roll>,
}

/// `roll:` of `to files(…)`: when a file is done, whatever `every` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roll {
    /// As soon as it has this many bytes. The row that fills it is its last.
    Bytes(u64),
    /// This many milliseconds after its first row, looked at in every round.
    Ms(u64),
}

impl FilesOptions {
    /// Whether a file is open beyond the next save.
    fn outlives_saves(&self) -> bool {
        self.every_ms.is_some() || self.roll.is_some()
    }

    fn rolls_by_size(&self) -> bool {
        matches!(self.roll, Some(Roll::Bytes(_)))
    }
}

/// `to files("dir")`.
#[derive(Debug)]
pub struct FilesSink {
    options: FilesOptions,
    shared: Mutex<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    clock: Clock,
    /// Rows that the workers have brought to the round.
    handed_over: Rows,
    /// The file that is written to. There is none before it has rows.
    current: Option<Part>,
}

impl FilesSink {
    /// Files as `options` has them.
    pub fn new(_stage: usize, options: FilesOptions) -> Self {
        FilesSink {
            options,
            shared: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // A worker that panicked ends the run; what others handed over is whole.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes rows that cannot wait for the round, to the file of this moment.
    fn write_early(&self, rows: &Rows) -> Result<()> {
        let mut shared = self.lock();
        let now_ms = shared.clock.now_ms();
        self.write(&mut shared.current, now_ms, rows)
    }

    /// Writes rows to the current file, or to one that begins at `time_ms`.
    fn write(&self, current: &mut Option<Part>, time_ms: i64, rows: &Rows) -> Result<()> {
        let mut begin = 0;
        while begin < rows.len() {
            // After an error the file is nobody's: its last row may be half.
            let mut part = match current.take() {
                Some(part) => part,
                None => Part::begin(&self.options, time_ms)?,
            };
            let written = rows.that_fill(begin, part.room());
            part.write(written)?;
            begin += written.len();
            if part.room() == 0 {
                part.finish()?;
            } else {
                *current = Some(part);
            }
        }
        Ok(())
    }
}

impl Sink for FilesSink {
    fn open(&self, opening: &SinkOpening<'_>) -> Result<()> {
        let FilesOptions { dir, suffix, .. } = &self.options;
        if suffix.contains('/') {
            return Err(Error::new(
                Code::Config,
                format!("files cannot end in `.{suffix}`: it has a `/`"),
            )
            .help("write the directory in `files(\"…\")`, and `suffix: \"csv\"` for the end"));
        }
        part::make_directory(dir)?;
        // A run before this one may have ended in the middle of a round.
        *self.lock() = Shared {
            clock: opening.clock.clone(),
            ..Shared::default()
        };
        leftovers::finish(dir)?;
        // That rows can be written is better known now than after an hour.
        Part::begin(&self.options, opening.clock.now_ms())?.discard()
    }

    fn publish(&self, round: &Round) -> Result<()> {
        let mut shared = self.lock();
        let Shared {
            handed_over,
            current,
            ..
        } = &mut *shared;
        if !handed_over.is_empty() {
            // Rows of a round were made before its end, so they belong to the interval it closes.
            let time_ms = match self.options.every_ms {
                Some(_) => round.time_ms.saturating_sub(1).max(0),
                None => round.time_ms,
            };
            self.write(current, time_ms, handed_over)?;
            handed_over.clear();
        }
        match current.take_if(|part| round.last || part.ends_by(round.time_ms)) {
            Some(full) => full.finish(),
            None => Ok(()),
        }
    }

    fn flush(&self) -> Result<()> {
        let mut shared = self.lock();
        match shared.current.take() {
            Some(mut part) if self.options.outlives_saves() => {
                part.sync()?;
                shared.current = Some(part);
                Ok(())
            }
            Some(part) => part.finish(),
            None => Ok(()),
        }
    }
}

/// One worker's way to the files.
#[derive(Debug)]
pub struct FilesWriter {
    sink: Arc<FilesSink>,
    rows: Rows,
    rolls_by_size: bool,
}

impl FilesWriter {
    /// Adds a row that `write` writes. A row that it fails to write leaves nothing behind.
    #[inline]
    pub(crate) fn row<E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.rows.add(self.rolls_by_size, write)
    }
}

impl Writer for FilesWriter {
    fn after_batch(&mut self) -> Result<()> {
        if self.rows.len() > HAND_OVER_BYTES {
            self.sink.write_early(&self.rows)?;
            self.rows.clear();
        }
        Ok(())
    }

    fn hand_over(&mut self) -> Result<()> {
        self.sink.lock().handed_over.append(&mut self.rows);
        Ok(())
    }
}

impl Writes for FilesSink {
    type Writer = FilesWriter;

    fn writer(self: &Arc<Self>, _worker: usize) -> Result<FilesWriter> {
        Ok(FilesWriter {
            sink: Arc::clone(self),
            rows: Rows::default(),
            rolls_by_size: self.options.rolls_by_size(),
        })
    }
}
