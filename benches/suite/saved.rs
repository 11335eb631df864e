//! Which checkpoints a job has written.

use std::fs;
use std::path::Path;

/// A checkpoint that is whole. The one of a later number is the newer one.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Saved {
    pub(crate) number: u64,
    bytes: u64,
}

impl Saved {
    #[expect(clippy::cast_precision_loss, reason = "to be read by people")]
    pub(crate) fn megabytes(self) -> f64 {
        self.bytes as f64 / 1e6
    }
}

/// The newest checkpoint in a folder: number 0 if there is none yet.
pub(crate) fn newest(checkpoints: &Path) -> Saved {
    let Ok(entries) = fs::read_dir(checkpoints) else {
        return Saved::default();
    };
    let whole = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        let name = entry.file_name().into_string().ok()?;
        let (_job, number) = name.strip_suffix(".ck")?.rsplit_once('-')?;
        Some(Saved {
            number: number.parse().ok()?,
            // It may have been removed for a newer one meanwhile.
            bytes: entry.metadata().map_or(0, |found| found.len()),
        })
    });
    whole.max().unwrap_or_default()
}
