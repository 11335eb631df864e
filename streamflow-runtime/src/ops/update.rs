//! The operator that keeps a state for each key from interval to interval.

use super::stream::{Pairs, Stream};

/// Updates the state of every key at the end of each interval.
///
/// The closure gets the values that the interval has brought for a key, and the state of the key, if
/// it has one. It is called for every key that has either, and so for keys without values too. What
/// it gives is the new state, which leaves as `(key, state)`; a key for which it gives `None` is
/// forgotten.
///
/// Example: `update_state(|values, state| …) every 1s forever as totals`
pub fn update_state<K, V, S>(
    pairs: impl Pairs<K, V>,
    update: impl FnMut(Vec<V>, Option<S>) -> Option<S>,
) -> Stream<(K, S)> {
    Stream::new()
}
