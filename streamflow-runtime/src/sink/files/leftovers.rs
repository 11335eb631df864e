//! Finishes the files that an earlier process left unfinished.
//!
//! What they hold may have been saved: a file that is written for an hour is made durable at
//! every checkpoint in between.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::error::Result;
use crate::sink::files::part::{
    appear, disk_error, finished_name, is_at, sync_directory_of, try_lock,
};
use crate::source::lines::end_of_last_line;

/// Finishes every file of the directory that nobody writes.
pub(super) fn finish(dir: &Path) -> Result<()> {
    let not_readable = |cause| disk_error("cannot look for unfinished files", dir, cause);
    for entry in fs::read_dir(dir).map_err(not_readable)? {
        let name = entry.map_err(not_readable)?.file_name();
        // A name that is no text is not one of ours.
        if let Some(finished) = name.to_str().and_then(finished_name) {
            finish_one(&dir.join(&name), &dir.join(finished))?;
        }
    }
    Ok(())
}

fn finish_one(hidden: &Path, finished: &Path) -> Result<()> {
    let failed = |cause| disk_error("cannot finish the file of an earlier run", hidden, cause);
    let Some(file) = take(hidden).map_err(failed)? else {
        return Ok(());
    };
    let len = file.metadata().map_err(failed)?.len();
    let end = end_of_last_line(&file, len).map_err(failed)?;
    if end == 0 {
        fs::remove_file(hidden).map_err(failed)?;
        return sync_directory_of(hidden);
    }
    if end < len {
        file.set_len(end).map_err(failed)?;
    }
    appear(&file, hidden, finished)?;
    tracing::info!(
        "finished `{}`, which an earlier run left behind",
        finished.display()
    );
    Ok(())
}

/// Takes an unfinished file over; `None` if somebody has it, or has just finished it.
fn take(hidden: &Path) -> io::Result<Option<File>> {
    let file = match OpenOptions::new().read(true).write(true).open(hidden) {
        Ok(file) => file,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(cause),
    };
    Ok((try_lock(&file)? && is_at(&file, hidden)?).then_some(file))
}
