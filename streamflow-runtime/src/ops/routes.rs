//! Where streams meet, part and end.

use super::stream::Stream;

/// Hands the items to each of its branches, and on to the next stage if there is one.
///
/// Items that are `Copy` are copied; of others, all but the last reader get a reference.
///
/// Example: `tee { count every 1s | print; to files("dir") }`
pub fn tee<T>(items: Stream<T>) -> Stream<T> {
    Stream::new()
}

/// Sends each item to the first stream whose predicate is true of it.
///
/// Each arm names a stream, which is used behind the `;`. `rest` takes what no predicate is true
/// of; `rest as other` gives it another name.
///
/// Example: `split { big: |item| …, rest }`
pub fn split<T>(items: Stream<T>) -> Stream<T> {
    Stream::new()
}

/// Joins streams of one type into one.
///
/// Example: `union(web, mobile) | map(|item| …)`
pub fn union<T, const N: usize>(streams: [Stream<T>; N]) -> Stream<T> {
    Stream::new()
}

/// Prints each item; behind an aggregate, the rows of each interval under a header.
///
/// `print(10)` shows the first ten rows of each interval.
///
/// Example: `print`
pub fn print<T>(items: Stream<T>) {}

/// Hands each item to a function, and ends the pipeline.
///
/// Example: `for_each(|item| …)`
pub fn for_each<T>(items: Stream<T>, f: impl FnMut(T)) {}
