//! Takes results out of state when a trigger fires.

use crate::state::{Held, KeptKey, Keyed, Mean, Single};
use crate::worker::Worker;

/// Takes the results out of a keyed state.
pub fn drain<K: KeptKey, V>(state: &mut Keyed<K, V>) -> impl Iterator<Item = (K, V)> + '_ {
    state.drain()
}

/// The same for values that a closure combined.
pub fn drain_held<K: KeptKey, V>(
    state: &mut Keyed<K, Held<V>>,
) -> impl Iterator<Item = (K, V)> + '_ {
    state
        .drain()
        .filter_map(|(key, held)| Some((key, held.into_inner()?)))
}

/// Lends a key to the stages behind.
#[inline]
pub fn lend<K: KeptKey>(key: &K) -> K::Lent<'_> {
    key.lend()
}

/// Takes the result out.
pub fn take<V>(state: &mut Single<V>) -> Option<V> {
    state.take()
}

/// The same for a value that a closure combined.
pub fn take_held<V>(state: &mut Single<Held<V>>) -> Option<V> {
    state.take().and_then(Held::into_inner)
}

/// The count of the interval: 0 where there was nothing to count.
pub fn take_count(worker: &Worker<'_>, state: &mut Single<u64>) -> Option<u64> {
    let count = state.take();
    (worker.index() == 0).then(|| count.unwrap_or(0))
}

/// The mean of the interval.
pub fn take_mean(state: &mut Single<Mean>) -> Option<f64> {
    state.take().map(Mean::value)
}
