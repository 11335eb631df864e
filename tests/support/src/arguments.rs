//! Reads what the benchmarks are told on the command line.

use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A number from 1 up, given for the argument `name`.
pub fn number<N: FromStr + Default + PartialEq>(name: &str, word: &str) -> Result<N, String> {
    let number = word.parse().ok().filter(|number| *number != N::default());
    number.ok_or_else(|| format!("`{name}` needs a number from 1 up, not `{word}`"))
}

/// A path that stays right for processes that run in folders of their own.
pub fn absolute(path: impl AsRef<Path>) -> Result<PathBuf, String> {
    let path = path.as_ref();
    let failed = |cause| format!("`{}` is no path: {cause}", path.display());
    std::path::absolute(path).map_err(failed)
}
