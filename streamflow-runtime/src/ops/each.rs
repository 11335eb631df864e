//! Operators that work on each item by itself.

use super::stream::{Pairs, Results, Stream};
use crate::private::{GivesTime, OptionOrResult};

/// Makes one item of each.
///
/// `?` in the closure works on `Option` and `Result`; an item that it leaves at meets the stage's
/// policy, which is to end the job unless `else skip` says otherwise.
///
/// Example: `map(|item| …)`
pub fn map<T, U>(items: Stream<T>, f: impl FnMut(T) -> U) -> Stream<U> {
    Stream::new()
}

/// Keeps the items for which the closure says `true`.
///
/// Example: `filter(|item| …)`
pub fn filter<T>(items: Stream<T>, keep: impl FnMut(&T) -> bool) -> Stream<T> {
    Stream::new()
}

/// Makes one item of each, or none.
///
/// The closure gives an `Option`; `?` in it leaves the item out.
///
/// Example: `filter_map(|item| …)`
pub fn filter_map<T, U>(items: Stream<T>, f: impl FnMut(T) -> Option<U>) -> Stream<U> {
    Stream::new()
}

/// Makes any number of items of each.
///
/// The closure gives something to iterate over, which may borrow from the item.
///
/// Example: `flat_map(|item| …)`
pub fn flat_map<T, I: IntoIterator>(items: Stream<T>, f: impl FnMut(T) -> I) -> Stream<I::Item> {
    Stream::new()
}

/// Takes items apart that are collections or `Option`s.
///
/// Example: `flatten`
pub fn flatten<T: IntoIterator>(items: Stream<T>) -> Stream<T::Item> {
    Stream::new()
}

/// Says what an item's own time is, and how late it may come.
///
/// The closure gives milliseconds since 1970 as a whole number, or a `SystemTime`. Windows behind it close
/// when the watermark passes their ends: the latest time of the slowest partition, less the lag. A
/// partition that is silent for `idle` is not waited for (30 s where nothing is said), and a time that is
/// further in front of the clock than `future` (10 min) does not count.
///
/// Example: `event_time(|item| item.at) lag 5s`
pub fn event_time<T, A: GivesTime>(items: Stream<T>, time: impl FnMut(&T) -> A) -> Stream<T> {
    Stream::new()
}

/// Puts the window of a result to its key.
///
/// A pair `(key, value)` becomes `((key, window), value)`, and any other result `(window, result)`: so what
/// comes behind keeps the windows of a key apart, and so does a topic. It stands directly behind a window
/// or an interval of an aggregate or a join. A `Window` tells its start and end, in milliseconds since 1970
/// (`start_ms()`, `end_ms()`) or as `SystemTime`s (`start()`, `end()`).
///
/// Example: `with_window`
pub fn with_window<T>(results: Results<T>) -> Stream<T> {
    Stream::new()
}

/// Looks at each item, and hands it on as it is.
///
/// Example: `inspect(|item| …)`
pub fn inspect<T>(items: Stream<T>, look: impl FnMut(&T)) -> Stream<T> {
    Stream::new()
}

/// Makes one item of each, or refuses it.
///
/// The closure gives a `Result` or an `Option`; a refused item meets the stage's policy.
///
/// Example: `try_map(|item| …) else skip`
pub fn try_map<T, U, E, R: OptionOrResult<U, E>>(
    items: Stream<T>,
    f: impl FnMut(T) -> R,
) -> Stream<U> {
    Stream::new()
}

/// Makes one value of each, and leaves the keys as they are.
///
/// Example: `map_values(|value| …)`
pub fn map_values<K, V, U>(pairs: impl Pairs<K, V>, f: impl FnMut(V) -> U) -> Stream<(K, U)> {
    Stream::new()
}

/// Gives each item a key, which may borrow from the item.
///
/// Example: `key_by(|item| …)`
pub fn key_by<T, K>(items: Stream<T>, key: impl FnMut(&T) -> K) -> Stream<(K, T)> {
    Stream::new()
}

/// Leaves the keys, and drops the values.
///
/// Example: `keys`
pub fn keys<K, V>(pairs: impl Pairs<K, V>) -> Stream<K> {
    Stream::new()
}

/// Leaves the values, and drops the keys.
///
/// Example: `values`
pub fn values<K, V>(pairs: impl Pairs<K, V>) -> Stream<V> {
    Stream::new()
}

/// Makes any number of values of each; the key stays.
///
/// Example: `flat_map_values(|value| …)`
pub fn flat_map_values<K, V, I: IntoIterator>(
    pairs: impl Pairs<K, V>,
    f: impl FnMut(V) -> I,
) -> Stream<(K, I::Item)> {
    Stream::new()
}

/// Makes the key the value, and the value the key.
///
/// Example: `swap`
pub fn swap<K, V>(pairs: impl Pairs<K, V>) -> Stream<(V, K)> {
    Stream::new()
}

/// Puts each item's own time in front of it, in milliseconds since 1970.
///
/// Stands behind `event_time`. The time of a window's result is the last millisecond of the window.
///
/// Example: `timestamp`
pub fn timestamp<T>(items: Stream<T>) -> Stream<(i64, T)> {
    Stream::new()
}

/// Makes other items of a whole batch.
///
/// The closure gets the items of one batch of one partition, and gives any number of others; behind an
/// aggregate it gets all results of an interval.
///
/// Example: `map_batch(|batch| …)`
pub fn map_batch<T, I: IntoIterator>(
    items: Stream<T>,
    f: impl FnMut(Vec<T>) -> I,
) -> Stream<I::Item> {
    Stream::new()
}

/// Runs code on the items of a batch or an interval.
///
/// With an interval, or behind an aggregate, all items of the interval are handed over in one call,
/// on one worker, also where there are none.
///
/// Example: `for_each_batch(|batch| …) every 1s`
pub fn for_each_batch<T>(items: Stream<T>, f: impl FnMut(Vec<T>)) {}

/// Passes on a share of the items, chosen by where their records stand.
///
/// A record that is read again after a restart is chosen again. Between `0%` and `100%`; a variable in its
/// place holds the share itself, `0.01`. It stands in front of stages that keep items.
///
/// Example: `sample(1%)`
pub fn sample<T, S>(items: Stream<T>, share: S) -> Stream<T> {
    Stream::new()
}

/// Passes items on no faster than this.
///
/// So many items a second, all workers together: what one second brings may pass at once. Records that
/// are not read yet wait in their source, and nothing is lost. It stands in front of stages that keep
/// items.
///
/// Example: `throttle(100/s)`
pub fn throttle<T>(items: Stream<T>, per_second: u64) -> Stream<T> {
    Stream::new()
}

/// Shares items out anew among this many workers.
///
/// They take turns. Each worker goes on in the order of the records; what leaves several workers has no order.
///
/// Example: `repartition(8)`
pub fn repartition<T>(items: Stream<T>, workers: usize) -> Stream<T> {
    Stream::new()
}
