//! What can stand behind `from`.
//!
//! Records are read `as Text` unless another format is named: `from kafka("clicks") as Json<Click>`.

use super::stream::{Records, Stream};
use crate::custom::{CustomReader, CustomSource};
use crate::private::{ChannelReceiver, TopicNames};

/// The records of a topic of Kafka, or of several.
///
/// Example: `kafka("topic")`
pub fn kafka(topics: impl TopicNames) -> Records {
    Records(())
}

/// The items of an iterator: the job ends behind the last.
///
/// Example: `iter(items)`
pub fn iter<I: IntoIterator>(items: I) -> Stream<I::Item> {
    Stream::new()
}

/// What comes through a channel, until all its senders are gone. A channel cannot be read again: what
/// was read and not processed is lost when the job ends.
///
/// Example: `channel(rx)`
pub fn channel<T, By>(receiver: impl ChannelReceiver<By, Item = T>) -> Stream<T> {
    Stream::new()
}

/// The items of a source of your own: see [`CustomSource`].
///
/// Example: `custom(expr)`
pub fn custom<S: CustomSource>(source: S) -> Stream<<S::Reader as CustomReader>::Item> {
    Stream::new()
}

/// Items made of their numbers, so many a second.
///
/// Example: `generate(10_000/s, |n| n)`
pub fn generate<T>(per_second: u64, make: impl Fn(u64) -> T) -> Stream<T> {
    Stream::new()
}

/// The lines of the standard input.
///
/// Example: `stdin`
pub fn stdin() -> Records {
    Records(())
}

/// The lines that a server sends.
///
/// Example: `socket("host:port")`
pub fn socket(address: impl Into<String>) -> Records {
    Records(())
}

/// The lines of files, and of files that appear later.
///
/// Example: `files("dir/*.csv")`
pub fn files(pattern: impl Into<String>) -> Records {
    Records(())
}
