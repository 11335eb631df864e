//! What can stand behind `from`.
//!
//! Records are read `as Text` unless another format is named: `from kafka("clicks") as Json<Click>`.

use super::stream::{Records, Stream};
use crate::private::TopicNames;

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
