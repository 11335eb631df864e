//! Writes rows to files that appear when they are whole: `to files("dir")`.
//!
//! A file takes its name only when it is on disk, so whoever reads the directory sees whole
//! files. Until then it is named `.part-….inprogress`.

mod leftovers;
mod part;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use crate::error::Result;
use crate::sink::SinkOpening;
use crate::sink::parts::{PartName, PartsSink, Place};

use part::FilePart;

/// `to files("dir")`.
pub type FilesSink = PartsSink<Directory>;

/// A directory that files are written in.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// The directory of this path, which is created if need be.
    pub fn new(path: PathBuf) -> Self {
        Directory(path)
    }
}

impl Place for Directory {
    type Part = FilePart;

    const MOST_BYTES: usize = usize::MAX;

    fn open(&self, _opening: &SinkOpening<'_>, name: &PartName<'_>) -> Result<()> {
        part::make_directory(&self.0)?;
        leftovers::finish(&self.0)?;
        // That rows can be written is better known now than after an hour.
        FilePart::begin(&self.0, name)?.discard()
    }

    fn begin(&self, name: &PartName<'_>) -> Result<FilePart> {
        FilePart::begin(&self.0, name)
    }
}
