//! Names parts so that no two runs or workers ever choose the same.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use super::PartsOptions;

/// What the name of a part is made of.
#[derive(Debug)]
pub struct PartName<'o> {
    begin_ms: i64,
    suffix: &'o str,
}

impl<'o> PartName<'o> {
    /// The name of a part that begins at this time, in milliseconds since the Unix epoch.
    pub(super) fn at(begin_ms: i64, options: &'o PartsOptions) -> Self {
        PartName {
            begin_ms,
            suffix: &options.suffix,
        }
    }

    /// A name that no part has, except with one chance in 2^64.
    pub(crate) fn draw(&self) -> String {
        // The hasher's seed is random.
        let random = RandomState::new().build_hasher().finish();
        let dot = if self.suffix.is_empty() { "" } else { "." };
        format!("part-{}-{random:016x}{dot}{}", self.begin_ms, self.suffix)
    }
}
