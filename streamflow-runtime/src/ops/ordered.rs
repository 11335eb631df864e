//! Operators that keep something for each key, and take the items of a key in their order.

use super::stream::{Pairs, Stream, Table};

/// Makes something of each item and the state of its key.
///
/// The closure gets the key, the value and the state, which it may change. Where `ttl` or `cap` forgets a
/// key, it is called once more, with `None` for the value.
///
/// Example: `map_with_state(init, |key, value, state| …) ttl 1h as totals`
pub fn map_with_state<K, V, S, T>(
    pairs: impl Pairs<K, V>,
    init: S,
    f: impl FnMut(K, Option<V>, &mut S) -> T,
) -> Stream<T> {
    Stream::new()
}

/// Passes on the state of a key after each of its items.
///
/// The closure gets the state and a value, and gives the next state, which can be copied.
///
/// Example: `scan(init, |state, value| …) ttl 1h as totals`
pub fn scan<K, V, S: Clone>(
    pairs: impl Pairs<K, V>,
    init: S,
    step: impl FnMut(S, V) -> S,
) -> Stream<(K, S)> {
    Stream::new()
}

/// Leaves out items whose key has been seen.
///
/// The closure gives the key of an item, which may borrow from it.
///
/// Example: `dedup(|item| …) ttl 1h as seen`
pub fn dedup<T, K>(items: Stream<T>, key: impl FnMut(&T) -> K) -> Stream<T> {
    Stream::new()
}

/// Gives each value the one that came this many in front of it under its key.
///
/// Example: `lag(1) ttl 1h as before`
pub fn lag<K, V: Clone>(pairs: impl Pairs<K, V>, by: usize) -> Stream<(K, (V, Option<V>))> {
    Stream::new()
}

/// The latest value of each key, for joins.
///
/// A new value takes the place of the one before; where values are `Option`s, `None` deletes the key, and
/// joins see what is inside. The values are owned. A table is read to its end before any other stream is.
///
/// Example: `table forever as prices`
pub fn table<K, V>(pairs: impl Pairs<K, V>) -> Table<K, V> {
    Table::new()
}
