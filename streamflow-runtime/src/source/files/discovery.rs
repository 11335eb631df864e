//! Finds the files that match a pattern, and says which worker owns each.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::Until;
use crate::error::{Code, Error, Result};
use crate::source::files::followed::file_error;

/// A glob, as the job writes it.
#[derive(Debug, Clone)]
pub(super) struct Pattern(pub(super) String);

impl Pattern {
    /// The paths that match, in the order of their names.
    pub(super) fn matching(&self) -> Result<Vec<PathBuf>> {
        let paths = glob::glob(&self.0).map_err(|cause| {
            Error::new(
                Code::Config,
                format!("`{}` is not a pattern for files", self.0),
            )
            .caused_by(cause)
            .help("`*` stands for any part of a name, `**` for directories: `logs/**/*.txt`")
        })?;
        let mut matching = Vec::new();
        for path in paths {
            match path {
                Ok(path) if !is_unfinished(&path) => matching.push(path),
                Ok(_) => {}
                // A directory that is taken away while we look is as if it had not been there.
                Err(error) if error.error().kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let path = error.path().to_owned();
                    return Err(file_error(&path, error.into()));
                }
            }
        }
        Ok(matching)
    }

    /// Refuses a pattern that a run would wait for in vain.
    pub(super) fn check(&self, until: Until, matches_nothing: bool) -> Result<()> {
        if Path::new(&self.0).is_dir() {
            let inside = format!("{}/*", self.0.trim_end_matches('/'));
            return Err(
                Error::new(Code::Config, format!("`{}` is a directory", self.0))
                    .help(format!("write `files(\"{inside}\")` for the files in it")),
            );
        }
        if until == Until::CaughtUp && matches_nothing {
            return Err(Error::new(
                Code::UnknownInput,
                format!("no file matches `{}`", self.0),
            )
            .help("write a pattern that finds files from where the job is started, or leave `--until caught-up` out to wait for them"));
        }
        Ok(())
    }
}

/// Whether a file's name says that someone still writes it.
fn is_unfinished(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| matches!(name.as_encoded_bytes().first(), Some(b'.' | b'_')))
}

/// The worker that owns a file: the same in every run with as many workers.
pub(super) fn owner(path: &Path, workers: usize) -> usize {
    let hash = crc32c::crc32c(path.as_os_str().as_encoded_bytes());
    usize::try_from(hash).unwrap_or(0) % workers.max(1)
}
