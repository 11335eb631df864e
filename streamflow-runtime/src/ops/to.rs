//! What can stand behind `to`.

use super::stream::Stream;

/// Writes rows into files in a folder.
///
/// `suffix: "csv"` names their ending, `as Csv` the format, `every 1m` when one is done.
///
/// Example: `files("dir")`
pub fn files<T>(items: Stream<T>, dir: impl Into<String>) {}

/// Sends a message for each item.
///
/// `key: |item| …` and `value: |item| …` choose its parts, `as Json` the format of the value.
///
/// Example: `kafka("topic")`
pub fn kafka<T>(items: Stream<T>, topic: impl AsRef<str>) {}

/// Drops the items.
///
/// Example: `null`
pub fn null<T>(items: Stream<T>) {}
