//! Operators that bring the items of two streams together.
//!
//! Which items can meet is said behind each of them: those of one interval (`every 1s`), those that are near
//! each other in time (`within -5m..+5m as pairs`, with `late drop` in event time), or those of one window (`over
//! hopping 10m by 1m as pairs`).

#![expect(
    clippy::type_complexity,
    reason = "a signature shows what leaves the operator"
)]

use super::stream::{Pairs, Stream};

/// Pairs of items with the same key.
///
/// Every two items of one interval, or near each other in time, whose keys are equal meet: `(key, (value, other))`. The values are
/// owned, and can be copied. Against a table, `join(prices)`, each item meets the latest value of its
/// key as it comes, and by `join(prices) as_of` the one of its own time.
///
/// Example: `join(other) every 1s`
pub fn join<K, V, J, W>(pairs: impl Pairs<K, V>, other: impl Pairs<J, W>) -> Stream<(K, (V, W))> {
    Stream::new()
}

/// Pairs of items with the same key, and left items that meet nothing.
///
/// What leaves it is `(key, (value, Some(other)))` or `(key, (value, None))`; the latter with `within` when
/// nothing can come any more that the item would meet. Against a table each item leaves, with the latest
/// value of its key if there is one.
///
/// Example: `left_join(other) every 1s`
pub fn left_join<K, V, J, W>(
    pairs: impl Pairs<K, V>,
    other: impl Pairs<J, W>,
) -> Stream<(K, (V, Option<W>))> {
    Stream::new()
}

/// Pairs of items with the same key, and right items that meet nothing.
///
/// What leaves it is `(key, (Some(value), other))` or `(key, (None, other))`.
///
/// Example: `right_join(other) every 1s`
pub fn right_join<K, V, J, W>(
    pairs: impl Pairs<K, V>,
    other: impl Pairs<J, W>,
) -> Stream<(K, (Option<V>, W))> {
    Stream::new()
}

/// Pairs of items with the same key, and all items that meet nothing.
///
/// What leaves it is `(key, (value, other))`, each of the two an `Option`.
///
/// Example: `full_join(other) every 1s`
pub fn full_join<K, V, J, W>(
    pairs: impl Pairs<K, V>,
    other: impl Pairs<J, W>,
) -> Stream<(K, (Option<V>, Option<W>))> {
    Stream::new()
}

/// Left items that meet something.
///
/// Each leaves once, however many it meets; the values of the other stream are not kept. Against a table:
/// the items whose key it has.
///
/// Example: `semi_join(other) every 1s`
pub fn semi_join<K, V, J, W>(pairs: impl Pairs<K, V>, other: impl Pairs<J, W>) -> Stream<(K, V)> {
    Stream::new()
}

/// Left items that meet nothing.
///
/// Against a table: the items whose key it does not have.
///
/// Example: `anti_join(other) every 1s`
pub fn anti_join<K, V, J, W>(pairs: impl Pairs<K, V>, other: impl Pairs<J, W>) -> Stream<(K, V)> {
    Stream::new()
}

/// All values of a key from both sides.
///
/// `(key, (values, others))` leaves for each key that either stream has had in the interval.
///
/// Example: `cogroup(other) every 1s`
pub fn cogroup<K, V, J, W>(
    pairs: impl Pairs<K, V>,
    other: impl Pairs<J, W>,
) -> Stream<(K, (Vec<V>, Vec<W>))> {
    Stream::new()
}
