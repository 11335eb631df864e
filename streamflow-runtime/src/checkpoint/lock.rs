//! Holds a checkpoint directory for one process: two writers would undo each other's progress.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::error::{Code, Error, Result};

/// Locks `path` until the returned file is closed, which the end of the process does too.
pub(super) fn take(directory: &Path, path: &Path) -> Result<File> {
    let not_writable = |cause: std::io::Error| {
        Error::new(
            Code::CheckpointNotWritable,
            "cannot lock the checkpoint directory",
        )
        .caused_by(cause)
        .at(directory.display())
        .help("give this user write access to it, or `--checkpoint` another directory")
    };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(not_writable)?;
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => {}
        Err(fs4::TryLockError::WouldBlock) => return Err(held(directory, &mut file)),
        Err(fs4::TryLockError::Error(cause)) => return Err(not_writable(cause)),
    }
    // The number only serves the message of whoever comes second.
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| write!(file, "{}", std::process::id()))
        .map_err(not_writable)?;
    Ok(file)
}

fn held(directory: &Path, file: &mut File) -> Error {
    let mut text = String::new();
    // The holder may be about to write its number; the message can do without.
    let read = file.take(20).read_to_string(&mut text);
    let holder = match (read, text.parse::<u32>()) {
        (Ok(_), Ok(pid)) => format!("process {pid}"),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => "another process".to_owned(),
    };
    Error::new(
        Code::Locked,
        format!("{holder} is running this job with these checkpoints"),
    )
    .at(directory.display())
    .help("stop it first, or give `--checkpoint` another directory")
}
