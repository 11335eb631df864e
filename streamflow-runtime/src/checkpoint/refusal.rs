//! Says what is wrong with a checkpoint, and exactly what a person can do about it.

use std::io;
use std::path::Path;

use super::Checkpoint;
use crate::error::{Code, Error};
use crate::time::timestamp;

/// The newest file is damaged; `good` is the newest one that is not.
pub(super) fn damaged(path: &Path, reason: &str, good: Option<&Checkpoint>) -> Error {
    let aside = format!("mv {0} {0}.damaged", quoted(path));
    let advice = match good {
        Some(good) => format!(
            "the newest good one is epoch {}, taken {}; to go back to it (records read since are \
             read again, so their results appear twice) run `{aside}` and start the job again",
            good.epoch,
            timestamp::display_ms(good.taken_at_ms)
        ),
        None => format!(
            "there is no older one that is good; to begin with empty state run `{aside}` and \
             start the job with `--from earliest`"
        ),
    };
    Error::new(
        Code::CorruptCheckpoint,
        format!("the newest checkpoint is damaged ({reason})"),
    )
    .at(path.display())
    .help(advice)
}

/// The newest file was written by a build that this one is older than.
pub(super) fn newer_format(path: &Path, version: u32) -> Error {
    let what = format!("the checkpoint was written by a newer streamflow (format {version})");
    Error::new(Code::IncompatibleState, what)
        .at(path.display())
        .help("run the newer build of the job, or give `--checkpoint` another directory")
}

/// A file or the directory cannot be read.
pub(super) fn not_read(path: &Path, cause: io::Error) -> Error {
    Error::new(Code::CheckpointIo, "cannot read the checkpoint")
        .caused_by(cause)
        .at(path.display())
        .help("check the disk, and that this user may read the file")
}

/// A checkpoint could not be made durable.
pub(super) fn not_written(directory: &Path, checkpoint: &Checkpoint, cause: io::Error) -> Error {
    let is_full = matches!(
        cause.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    );
    let advice = if is_full {
        let need_bytes = size_bytes(checkpoint);
        let have = fs4::available_space(directory).map_or_else(
            |_| String::new(),
            |have_bytes| format!(", have {}", bytes(have_bytes)),
        );
        format!(
            "need {}{have}: free some space and start the job again; it continues from the \
             newest whole checkpoint",
            bytes(need_bytes)
        )
    } else {
        "check the disk, then start the job again; it continues from the \
             newest whole checkpoint"
            .to_owned()
    };
    Error::new(
        Code::CheckpointIo,
        format!("cannot write the checkpoint of epoch {}", checkpoint.epoch),
    )
    .caused_by(cause)
    .at(directory.display())
    .help(advice)
}

/// Roughly the size of the file; the state is nearly all of it.
fn size_bytes(checkpoint: &Checkpoint) -> u64 {
    let state: usize = checkpoint
        .states
        .iter()
        .flat_map(|state| &state.parts)
        .map(|part| part.bytes.len())
        .sum();
    (state + checkpoint.positions.len() * 64 + 256) as u64
}

fn bytes(n_bytes: u64) -> String {
    match n_bytes {
        0..1024 => format!("{n_bytes} B"),
        1024..1_048_576 => format!("{} KiB", n_bytes.div_ceil(1024)),
        1_048_576.. => format!("{} MiB", n_bytes.div_ceil(1_048_576)),
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=:@%,".contains(c);
    if text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_disk_is_told_with_what_is_needed() {
        let state = crate::checkpoint::StateImage {
            name: "counts".into(),
            layout: String::new(),
            parts: vec![crate::checkpoint::StatePart {
                group: None,
                bytes: vec![0; 3_000_000],
            }],
        };
        let checkpoint = Checkpoint {
            job: "a".into(),
            epoch: 4,
            taken_at_ms: 0,
            positions: vec![],
            states: vec![state],
        };
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let line = not_written(Path::new("/"), &checkpoint, full).one_line();
        assert!(
            line.contains("SF7401 cannot write the checkpoint of epoch 4"),
            "{line}"
        );
        assert!(line.contains("need 3 MiB, have "), "{line}");
    }

    #[test]
    fn path_with_spaces_is_quoted_for_the_shell() {
        assert_eq!(quoted(Path::new("/a b/it's.ck")), r"'/a b/it'\''s.ck'");
        assert_eq!(quoted(Path::new("/ck/a%2F-1.ck")), "/ck/a%2F-1.ck");
    }
}
