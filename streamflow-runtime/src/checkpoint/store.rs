//! Keeps the checkpoints of one job in a directory: the only user of the file system here.
//!
//! A checkpoint appears under its name only when it is durable:
//!
//! ```text
//! write NAME.tmp → fsync it → rename to NAME.ck → fsync the directory → remove older ones
//! ```
//!
//! A crash before the rename leaves the previous checkpoint the newest; a crash after it leaves
//! the new one whole. The newest file is never passed over in silence, whatever is in it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::names::Names;
use super::{Checkpoint, format, lock, refusal};
use crate::error::{Code, Error, Result};

/// How many checkpoints stay on disk: the newest, and one to go back to by hand.
const KEPT: usize = 2;

/// The checkpoints of one job. While it is open, no other process can open the same.
///
/// ```
/// use streamflow_runtime::checkpoint::{Checkpoint, Store};
///
/// # let directory = tempfile::tempdir().unwrap();
/// # let directory = directory.path();
/// let mut store = Store::open(directory, "user_access")?;
/// let epoch = store.latest()?.map_or(1, |latest| latest.epoch + 1);
/// store.write(&Checkpoint {
///     job: "user_access".into(),
///     epoch,
///     taken_at_ms: 1_795_496_400_000,
///     positions: vec![],
///     states: vec![],
/// })?;
/// assert_eq!(store.latest()?.map(|latest| latest.epoch), Some(1));
/// # Ok::<(), streamflow_runtime::Error>(())
/// ```
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    job: String,
    names: Names,
    /// The newest epoch on disk, once known: epochs only grow.
    newest_epoch: Option<u64>,
    /// The lock lasts as long as this file is open.
    _lock: File,
}

impl Store {
    /// Opens the checkpoints of `job` in `directory`, which is made if it does not exist.
    ///
    /// Fails with [`Code::Locked`] if another process has them open, with
    /// [`Code::CheckpointNotWritable`] if checkpoints could not be written.
    pub fn open(directory: impl Into<PathBuf>, job: &str) -> Result<Self> {
        let directory = directory.into();
        let names = Names::of(job).ok_or_else(|| {
            Error::new(
                Code::Config,
                format!("the job name `{job}` is too long for a file name"),
            )
            .help("give the job a shorter name")
        })?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .map_err(|cause| {
                Error::new(
                    Code::CheckpointNotWritable,
                    "cannot create the checkpoint directory",
                )
                .caused_by(cause)
                .at(directory.display())
                .help("give `--checkpoint` a directory that this user can write")
            })?;
        warn_if_open_to_all(&directory);
        let lock = lock::take(&directory, &directory.join(names.lock()))?;
        // Found out now, not when the first checkpoint is due and records have been read.
        let probe = directory.join(names.unfinished(0));
        create_new(&probe)
            .and_then(|_| fs::remove_file(&probe))
            .map_err(|cause| {
                Error::new(
                    Code::CheckpointNotWritable,
                    "cannot write to the checkpoint directory",
                )
                .caused_by(cause)
                .at(directory.display())
                .help("give this user write access to it, or `--checkpoint` another directory")
            })?;
        let job = job.to_owned();
        Ok(Store {
            directory,
            job,
            names,
            newest_epoch: None,
            _lock: lock,
        })
    }

    /// The directory, as it was given to [`open`](Self::open).
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The newest checkpoint, or `None` if the job has none.
    ///
    /// A newest file that is damaged is an error ([`Code::CorruptCheckpoint`]) that says which
    /// older one is good: falling back is a decision for a person.
    pub fn latest(&mut self) -> Result<Option<Checkpoint>> {
        let epochs = self.epochs()?;
        let Some(&newest) = epochs.last() else {
            return Ok(None);
        };
        self.newest_epoch = Some(newest);
        match self.load(newest)? {
            Ok(checkpoint) => Ok(Some(checkpoint)),
            Err(format::Damage::Version(version)) => {
                Err(refusal::newer_format(&self.path(newest), version))
            }
            Err(format::Damage::Broken(reason)) => {
                let mut good = None;
                for &epoch in epochs.iter().rev().skip(1) {
                    if let Ok(checkpoint) = self.load(epoch)? {
                        good = Some(checkpoint);
                        break;
                    }
                }
                Err(refusal::damaged(&self.path(newest), &reason, good.as_ref()))
            }
        }
    }

    /// Writes a checkpoint. When this returns it is durable, and the one before it is kept.
    ///
    /// After an error the checkpoints before it are as they were, and nothing may be committed
    /// on the strength of this one. A full disk may be tried again; any other error must end the
    /// job, since a file system that failed to write may have dropped what it was given before.
    pub fn write(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        if self.newest_epoch.is_none() {
            self.newest_epoch = self.epochs()?.last().copied();
        }
        if checkpoint.job != self.job || Some(checkpoint.epoch) <= self.newest_epoch {
            let what = format!(
                "epoch {} of job `{}` would overwrite epoch {:?} of `{}`",
                checkpoint.epoch, checkpoint.job, self.newest_epoch, self.job
            );
            return Err(Error::new(Code::Bug, what).at(self.directory.display()));
        }
        let unfinished = self.directory.join(self.names.unfinished(checkpoint.epoch));
        if let Err(cause) = self.write_durably(checkpoint, &unfinished) {
            // The space may be what is missing. If this fails too, the first error says more.
            let _removed = fs::remove_file(&unfinished);
            return Err(refusal::not_written(&self.directory, checkpoint, cause));
        }
        self.newest_epoch = Some(checkpoint.epoch);
        self.remove_older();
        Ok(())
    }

    fn write_durably(&self, checkpoint: &Checkpoint, unfinished: &Path) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(64 * 1024, create_new(unfinished)?);
        format::write(checkpoint, &mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        fs::rename(unfinished, self.path(checkpoint.epoch))?;
        // Without this a power cut may undo the rename after offsets were committed.
        File::open(&self.directory)?.sync_all()
    }

    /// Removes what the newest checkpoint has made useless. A file that stays costs space, no
    /// correctness: it is tried again next time.
    fn remove_older(&self) {
        let outdated = self.file_names().map(|file_names| {
            let mut epochs: Vec<u64> = file_names
                .iter()
                .filter_map(|name| self.names.epoch(name))
                .collect();
            epochs.sort_unstable();
            let oldest_kept = epochs.iter().rev().nth(KEPT - 1).copied().unwrap_or(0);
            file_names.into_iter().filter(move |name| {
                self.names.is_unfinished(name)
                    || self
                        .names
                        .epoch(name)
                        .is_some_and(|epoch| epoch < oldest_kept)
            })
        });
        let removed = outdated.and_then(|mut outdated| {
            outdated.try_for_each(|name| fs::remove_file(self.directory.join(name)))
        });
        if let Err(cause) = removed {
            tracing::warn!(directory = %self.directory.display(), %cause,
                "an old checkpoint file stays on disk");
        }
    }

    /// The epochs on disk, oldest first.
    fn epochs(&self) -> Result<Vec<u64>> {
        let file_names = self
            .file_names()
            .map_err(|cause| refusal::not_read(&self.directory, cause))?;
        let mut epochs: Vec<u64> = file_names
            .iter()
            .filter_map(|name| self.names.epoch(name))
            .collect();
        epochs.sort_unstable();
        Ok(epochs)
    }

    fn file_names(&self) -> io::Result<Vec<String>> {
        let mut file_names = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            // A name that is not UTF-8 is none of ours.
            file_names.extend(entry?.file_name().into_string());
        }
        Ok(file_names)
    }

    fn path(&self, epoch: u64) -> PathBuf {
        self.directory.join(self.names.checkpoint(epoch))
    }

    /// Reads the file of one epoch: the outer error is the file system's, the inner the file's.
    fn load(&self, epoch: u64) -> Result<Result<Checkpoint, format::Damage>> {
        let path = self.path(epoch);
        let bytes = read_regular(&path).map_err(|cause| refusal::not_read(&path, cause))?;
        Ok(format::read(&bytes).and_then(|checkpoint| {
            if checkpoint.job != self.job || checkpoint.epoch != epoch {
                return Err(format::Damage::Broken(format!(
                    "it holds epoch {} of job `{}`",
                    checkpoint.epoch, checkpoint.job
                )));
            }
            Ok(checkpoint)
        }))
    }
}

/// Makes a file that did not exist. What a crash left under the name is removed first, never
/// written through: it could be a link to somewhere else.
fn create_new(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no regular file",
        ));
    }
    fs::read(path)
}

/// Whoever can write the directory can replace the state of the job.
fn warn_if_open_to_all(directory: &Path) {
    let open = fs::metadata(directory).is_ok_and(|metadata| metadata.mode() & 0o002 != 0);
    if open {
        tracing::warn!(directory = %directory.display(),
            "every user of this machine can write the checkpoint directory: `chmod 700` it");
    }
}

#[cfg(test)]
mod tests;
