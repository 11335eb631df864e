//! Operators that keep state until their interval ends.

use super::stream::{Pairs, Stream};

/// Combines the values of each key.
///
/// It takes one of the signs `+ * min max & | ^`, or a closure of two values. `+` on whole
/// numbers is checked; `wrapping +` and `saturating +` are not. The results of an interval leave
/// at its end, and the next one begins with nothing.
///
/// As any other aggregate but [`top`] it goes on without an end by `running`, as in `reduce_by_key(+)
/// running ttl 1h as totals`: each item gives its key's new result. With `emit updates every 10s` the
/// latest results of the keys that have changed leave at intervals.
///
/// Example: `reduce_by_key(+) every 1s`
pub fn reduce_by_key<K, V>(
    pairs: impl Pairs<K, V>,
    combine: impl FnMut(V, V) -> V,
) -> Stream<(K, V)> {
    Stream::new()
}

/// Counts the items of each key.
///
/// Example: `count_by_key every 1s`
pub fn count_by_key<K, V>(pairs: impl Pairs<K, V>) -> Stream<(K, u64)> {
    Stream::new()
}

/// Gathers the values of each key into something of another type.
///
/// Each worker begins with `init` and adds its values; what the workers have is then merged.
///
/// Example: `aggregate_by_key(0u64, |sum, value| sum + value, |a, b| a + b) every 1s`
pub fn aggregate_by_key<K, V, A>(
    pairs: impl Pairs<K, V>,
    init: A,
    add: impl FnMut(A, V) -> A,
    merge: impl FnMut(A, A) -> A,
) -> Stream<(K, A)> {
    Stream::new()
}

/// Computes several aggregates of each key in one pass.
///
/// Each has a name, by which the stages behind find its result: `count`, `sum`, `average`, `min`,
/// `max`, `approx_distinct` and `quantile(share, f)`, of what a closure takes from the value, or of the
/// value itself.
///
/// Example: `agg_by_key { n: count, total: sum(|v| v.price) } every 1s`
pub fn agg_by_key<K, V, A>(pairs: impl Pairs<K, V>, aggregates: A) -> Stream<(K, A)> {
    Stream::new()
}

/// Passes on the pairs with the greatest values.
///
/// Those of all workers together, the greatest first; pairs of equal values stand in the order of
/// their keys. Each worker keeps no more pairs than are passed on.
///
/// Example: `top(10) every 1s`
pub fn top<K, V>(pairs: impl Pairs<K, V>, n: usize) -> Stream<(K, V)> {
    Stream::new()
}

/// Counts the items. An interval without any gives 0.
///
/// Example: `count every 1s`
pub fn count<T>(items: Stream<T>) -> Stream<u64> {
    Stream::new()
}

/// Combines all items into one.
///
/// It takes the same signs and closures as [`reduce_by_key`].
///
/// Example: `reduce(+) every 1s`
pub fn reduce<T>(items: Stream<T>, combine: impl FnMut(T, T) -> T) -> Stream<T> {
    Stream::new()
}

/// Adds the items up.
///
/// Of pairs, `reduce_by_key(+)` makes a sum per key, and `values | sum` one of all values.
///
/// Example: `sum every 1s`
pub fn sum<T>(items: Stream<T>) -> Stream<T> {
    Stream::new()
}

/// The arithmetic mean of the items.
///
/// Example: `average every 1s`
pub fn average<T>(items: Stream<T>) -> Stream<f64> {
    Stream::new()
}

/// The least item.
///
/// Example: `min every 1s`
pub fn min<T>(items: Stream<T>) -> Stream<T> {
    Stream::new()
}

/// The greatest item.
///
/// Example: `max every 1s`
pub fn max<T>(items: Stream<T>) -> Stream<T> {
    Stream::new()
}

/// Gathers the values of each key in a `Vec`.
///
/// The values are owned; a sum or a count needs no groups: [`reduce_by_key`], [`count_by_key`].
///
/// Example: `group_by_key every 1s`
pub fn group_by_key<K, V>(pairs: impl Pairs<K, V>) -> Stream<(K, Vec<V>)> {
    Stream::new()
}

/// Counts how often each item comes: `(item, n)`.
///
/// Example: `count_by_value every 1s`
pub fn count_by_value<T>(items: Stream<T>) -> Stream<(T, u64)> {
    Stream::new()
}

/// Passes on each different item once.
///
/// Example: `distinct every 1s`
pub fn distinct<T>(items: Stream<T>) -> Stream<T> {
    Stream::new()
}

/// Roughly how many different items there are, in little memory. An interval without any gives 0.
///
/// A `HyperLogLog` sketch of at most 8 KiB: up to 768 different items the count is exact, and beyond
/// that its standard error is 1.15 %. It is the same for any order of the items and any number of
/// workers. Items are what can be a key.
///
/// Example: `approx_distinct every 1s`
pub fn approx_distinct<T>(items: Stream<T>) -> Stream<u64> {
    Stream::new()
}

/// The value below which this share of the items lies, roughly.
///
/// Items are numbers, and the share is between 0 and 1. Up to 128 items the result is exact: that of
/// rank `share * (n - 1)`, rounded down. Beyond that it is within 1 % of it. It is the same for any
/// order of the items and any number of workers. NaN is left out, as `min` and `max` leave it out.
///
/// Example: `quantile(0.99) every 1s`
pub fn quantile<T>(items: Stream<T>, share: f64) -> Stream<f64> {
    Stream::new()
}

/// The items that come most often, roughly counted in little memory: `(item, n)`.
///
/// The most frequent first; items of equal counts in their own order. While there are no more than 2048
/// different items, or eight for each that is passed on, the counts are exact. Beyond that a count is
/// never too large, and short by a thousandth of all items at most; which rare items come last may
/// then depend on the number of workers. Items are what can be a key.
///
/// Example: `heavy_hitters(10) every 1s`
pub fn heavy_hitters<T>(items: Stream<T>, n: usize) -> Stream<(T, u64)> {
    Stream::new()
}
