//! Adds items to state: the innermost part of an aggregate.

use crate::encode::shown;
use crate::private::records::refuse;
use crate::state::{Held, KeptKey, Keyed, Mean, Overflow, Place, Single, Soon, Unsettled};
use crate::worker::Worker;

/// Combines a value with that of its key.
#[inline]
pub fn combine<K: KeptKey, V>(
    place: Soon<'_, K, V>,
    value: V,
    mut combine: impl FnMut(&mut V, V) -> Result<(), Overflow>,
) -> Result<(), Overflow> {
    match place {
        Soon::Now(Place::Known(known, key)) => {
            combine(known, value).map_err(|overflow| overflow_of(key, overflow))
        }
        Soon::Now(Place::New(new)) => {
            new.insert(value);
            Ok(())
        }
        Soon::Later(later) => later.put(value, combine).map_err(overflow_at),
    }
}

/// Puts the values that wait in their places, at the end of a batch.
#[inline]
pub fn settle<K: KeptKey, V>(
    worker: &mut Worker<'_>,
    stage: usize,
    state: &mut Keyed<K, V>,
    mut combine: impl FnMut(&mut V, V) -> Result<(), Overflow>,
) {
    while let Err(unsettled) = state.settle(&mut combine) {
        refuse(worker, stage, overflow_at(unsettled));
    }
}

#[cold]
fn overflow_at<K: KeptKey>(unsettled: Unsettled<K, Overflow>) -> Overflow {
    let mut overflow = overflow_of(&unsettled.key, unsettled.cause);
    overflow.at = Some(unsettled.at);
    overflow
}

/// Says of which key the values did not fit.
#[cold]
pub(in crate::private) fn overflow_of<K: KeptKey>(key: &K, mut overflow: Overflow) -> Overflow {
    let mut text = Vec::new();
    shown(key, &mut text);
    overflow.key = Some(String::from_utf8_lossy(&text).into_owned());
    overflow
}

/// Combines a value with that of its key, by a closure.
#[inline]
pub fn combine_with<K, V>(place: Place<'_, K, Held<V>>, value: V, combine: impl FnOnce(V, V) -> V) {
    match place {
        Place::Known(known, _) => known.replace(|before| combine(before, value)),
        Place::New(new) => {
            new.insert(Held::new(value));
        }
    }
}

/// Counts a key.
#[inline]
pub fn count_key<K: KeptKey>(place: Soon<'_, K, u64>) {
    let counted: Result<(), Overflow> = combine(place, 1, |count, more| {
        // A count of 2^64 is out of reach of any input.
        *count = count.wrapping_add(more);
        Ok(())
    });
    drop(counted);
}

/// Adds a value to what is kept for its key.
#[inline]
pub fn fold<K, A, V>(
    place: Place<'_, K, Held<A>>,
    value: V,
    init: impl FnOnce() -> A,
    add: impl FnOnce(A, V) -> A,
) {
    let held = match place {
        Place::Known(held, _) => held,
        Place::New(new) => new.insert(Held::new(init())),
    };
    held.replace(|sum| add(sum, value));
}

/// Adds a value to those of its key.
#[inline]
pub fn push_value<V>(mut values: Vec<V>, value: V) -> Vec<V> {
    values.push(value);
    values
}

/// Joins the values that two workers have gathered for a key.
pub fn join_values<V>(mut values: Vec<V>, others: Vec<V>) -> Vec<V> {
    values.extend(others);
    values
}

/// Combines an item with the one kept.
#[inline]
pub fn combine_one<V>(
    state: &mut Single<V>,
    item: V,
    combine: impl FnOnce(&mut V, V) -> Result<(), Overflow>,
) -> Result<(), Overflow> {
    match state.place() {
        Some(known) => combine(known, item),
        empty => {
            *empty = Some(item);
            Ok(())
        }
    }
}

/// Combines an item with the one kept, by a closure.
#[inline]
pub fn combine_one_with<V>(state: &mut Single<Held<V>>, item: V, combine: impl FnOnce(V, V) -> V) {
    match state.place() {
        Some(known) => known.replace(|before| combine(before, item)),
        empty => *empty = Some(Held::new(item)),
    }
}

/// Counts an item.
#[inline]
pub fn count_one(state: &mut Single<u64>) {
    let count = state.place().get_or_insert(0);
    *count = count.wrapping_add(1);
}

/// Takes a number into the mean.
#[inline]
pub fn average_one(state: &mut Single<Mean>, number: f64) {
    let mean = Mean::of(number);
    match state.place() {
        Some(known) => known.add(mean),
        empty => *empty = Some(mean),
    }
}
