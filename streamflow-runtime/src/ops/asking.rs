//! Operators that ask something about each item, and wait for many answers at a time.

use super::stream::{Pairs, Stream};

/// Waits for an answer about each item, many at a time.
///
/// The closure gives a future: it is `async`, ends in an `async` block, or calls an `async fn`. The answer takes
/// the place of the item. The value of an `Option` or a `Result` goes on, and `None` or an `Err` meets the
/// stage's policy, as an answer does that takes longer than `timeout` (10 s where nothing is said). So many
/// are waited for at a time as `concurrency` says (64). Items go on in their order, unless `unordered`
/// stands behind.
///
/// Example: `map_async(async |item| …) concurrency 64 timeout 2s`
pub fn map_async<T, F: IntoFuture>(items: Stream<T>, f: impl FnMut(T) -> F) -> Stream<F::Output> {
    Stream::new()
}

/// Looks something up for the key of each item, and remembers answers.
///
/// The closure gets a key, and gives a future of what is found: `(key, (value, found))` goes on. `None` or an
/// `Err` meets the stage's policy. Items of one key that wait together are one question, and with `cache 10_000`
/// each worker remembers so many answers, with `ttl 5m` each for five minutes.
///
/// Example: `lookup(async |key| …) cache 10_000 ttl 5m`
pub fn lookup<K, V, F: IntoFuture>(
    pairs: impl Pairs<K, V>,
    f: impl FnMut(K) -> F,
) -> Stream<(K, (V, F::Output))> {
    Stream::new()
}
