//! What can stand behind `to`.

use super::stream::Stream;
use crate::custom::CustomSink;
use crate::private::ChannelSender;

/// Writes rows into files in a folder.
///
/// `suffix: "csv"` names their ending, `as Csv` the format, `every 1m` when one is done.
/// `roll: 128MiB` or `roll: 10m` ends one that is as big, or as old.
///
/// Example: `files("dir")`
pub fn files<T>(items: Stream<T>, dir: impl Into<String>) {}

/// Puts rows into an object store as whole objects: S3, Google Cloud Storage, Azure, a directory.
///
/// Clauses and options are those of `files`; what is saved waits for the end of an object. It needs
/// the feature `object-store`.
///
/// Example: `object_store("s3://bucket/dir")`
pub fn object_store<T>(items: Stream<T>, url: impl AsRef<str>) {}

/// Sends a message for each item.
///
/// `key: |item| …` and `value: |item| …` choose its parts, `headers: |item| …` gives names with their
/// values, and `as Json` is the format of the value.
///
/// Example: `kafka("topic")`
pub fn kafka<T>(items: Stream<T>, topic: impl AsRef<str>) {}

/// Sends each item through a channel, and waits where it has no room. The job ends if the receiver is
/// gone.
///
/// Example: `channel(tx)`
pub fn channel<T, By>(items: Stream<T>, sender: impl ChannelSender<By>) {}

/// Writes the items to a sink of your own: see [`CustomSink`].
///
/// Example: `custom(expr)`
pub fn custom<T>(items: Stream<T>, sink: impl CustomSink) {}

/// Drops the items.
///
/// Example: `null`
pub fn null<T>(items: Stream<T>) {}
