//! Writes one file, under a hidden name until it is on disk.
//!
//! While it is written it is locked, so that whoever finds the hidden name can tell a file that
//! is being written from one that was left behind.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};
use crate::sink::parts::{Part, PartName};

/// What the name of a file that is not finished begins and ends with.
const BEGIN: &str = ".part-";
const END: &str = ".inprogress";

/// A file that is being written.
#[derive(Debug)]
pub struct FilePart {
    file: File,
    hidden: PathBuf,
    finished: PathBuf,
    /// Whether the directory knows of the file even after a power failure.
    is_entered: bool,
}

impl FilePart {
    /// Begins a file of a directory.
    pub(super) fn begin(dir: &Path, name: &PartName<'_>) -> Result<Self> {
        loop {
            let name = name.draw();
            let hidden = dir.join(format!(".{name}{END}"));
            let finished = dir.join(name);
            let created = create(&hidden, &finished)
                .map_err(|cause| disk_error("cannot begin a file", &hidden, cause))?;
            if let Some(file) = created {
                return Ok(FilePart {
                    file,
                    hidden,
                    finished,
                    is_entered: false,
                });
            }
        }
    }

    /// Takes the file away.
    pub(super) fn discard(self) -> Result<()> {
        fs::remove_file(&self.hidden)
            .map_err(|cause| disk_error("cannot remove a file", &self.hidden, cause))
    }
}

impl Part for FilePart {
    const GROWS_WHEN_SAVED: bool = true;

    fn write(&mut self, rows: &[u8]) -> Result<()> {
        self.file
            .write_all(rows)
            .map_err(|cause| disk_error("cannot write to a file", &self.hidden, cause))
    }

    fn save(mut self) -> Result<Option<Self>> {
        self.file
            .sync_data()
            .map_err(|cause| disk_error("cannot write a file to disk", &self.hidden, cause))?;
        if !self.is_entered {
            sync_directory_of(&self.hidden)?;
            self.is_entered = true;
        }
        Ok(Some(self))
    }

    fn finish(self) -> Result<()> {
        appear(&self.file, &self.hidden, &self.finished)
    }
}

impl Drop for FilePart {
    fn drop(&mut self) {
        // Closing unlocks too, but not while a child process of the job still has the file from
        // before its start. If this fails, that is as good.
        let _unlocked = fs4::FileExt::unlock(&self.file);
    }
}

/// Creates and locks a file; `None` if another name must be tried.
fn create(hidden: &Path, finished: &Path) -> io::Result<Option<File>> {
    let file = match OpenOptions::new().write(true).create_new(true).open(hidden) {
        Ok(file) => file,
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
        Err(cause) => return Err(cause),
    };
    // Before it was locked, another process may have taken it for one left behind.
    let is_ours = try_lock(&file)? && is_at(&file, hidden)?;
    // The name is as good as never taken, and a file is never written over.
    Ok((is_ours && !finished.try_exists()?).then_some(file))
}

/// Locks a file until it is closed; returns whether that was possible.
pub(super) fn try_lock(file: &File) -> io::Result<bool> {
    match fs4::FileExt::try_lock(file) {
        Ok(()) => Ok(true),
        Err(fs4::TryLockError::WouldBlock) => Ok(false),
        Err(fs4::TryLockError::Error(cause)) => Err(cause),
    }
}

/// Whether this is the file that has the name now.
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let (ours, named) = match fs::metadata(path) {
        Ok(named) => (file.metadata()?, named),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(cause) => return Err(cause),
    };
    Ok((ours.dev(), ours.ino()) == (named.dev(), named.ino()))
}

/// The name that an unfinished file is to have; `None` if its own is not that of one.
pub(super) fn finished_name(hidden: &str) -> Option<&str> {
    let is_ours = hidden.starts_with(BEGIN);
    hidden
        .strip_suffix(END)
        .and_then(|name| name.strip_prefix('.'))
        .filter(|_| is_ours)
}

/// Puts a file on disk, and then under its name: in the other order, a power failure could leave
/// the name without the rows.
pub(super) fn appear(file: &File, hidden: &Path, finished: &Path) -> Result<()> {
    file.sync_all()
        .map_err(|cause| disk_error("cannot write a file to disk", hidden, cause))?;
    fs::rename(hidden, finished)
        .map_err(|cause| disk_error("cannot give a file its name", finished, cause))?;
    sync_directory_of(finished)
}

/// Creates the directory, with those above it, so that a power failure does not undo it.
pub(super) fn make_directory(dir: &Path) -> Result<()> {
    let missing: Vec<&Path> = dir
        .ancestors()
        .take_while(|above| !above.as_os_str().is_empty() && !above.exists())
        .collect();
    fs::create_dir_all(dir).map_err(|cause| {
        Error::new(Code::FileIo, "cannot create the directory for files")
            .caused_by(cause)
            .at(dir.display())
            .help("give this user write access to the directory above, or write to another one")
    })?;
    missing.into_iter().try_for_each(sync_directory_of)
}

/// Makes the entries of the directory durable that `path` stands in.
pub(super) fn sync_directory_of(path: &Path) -> Result<()> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        Some(_) | None => Path::new("."),
    };
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(|cause| disk_error("cannot write a directory to disk", dir, cause))
}

pub(super) fn disk_error(what: &str, path: &Path, cause: io::Error) -> Error {
    Error::new(Code::FileIo, what).caused_by(cause).at(path.display()).help(
        "nothing since the last save is committed: make room on the disk, check that this user may write there, then start the job again",
    )
}
