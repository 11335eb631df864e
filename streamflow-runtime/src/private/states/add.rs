//! Adds items to state: the innermost part of an aggregate.

use crate::state::{Held, Mean, Overflow, Place, Single};

/// Combines a value with that of its key.
#[inline]
pub fn combine<K, V>(
    place: Place<'_, K, V>,
    value: V,
    combine: impl FnOnce(&mut V, V) -> Result<(), Overflow>,
) -> Result<(), Overflow> {
    match place {
        Place::Known(known) => combine(known, value),
        Place::New(new) => {
            new.insert(value);
            Ok(())
        }
    }
}

/// Combines a value with that of its key, by a closure.
#[inline]
pub fn combine_with<K, V>(place: Place<'_, K, Held<V>>, value: V, combine: impl FnOnce(V, V) -> V) {
    match place {
        Place::Known(known) => known.replace(|before| combine(before, value)),
        Place::New(new) => {
            new.insert(Held::new(value));
        }
    }
}

/// Counts a key.
#[inline]
pub fn count_key<K>(place: Place<'_, K, u64>) {
    match place {
        // A count of 2^64 is out of reach of any input.
        Place::Known(count) => *count = count.wrapping_add(1),
        Place::New(new) => {
            new.insert(1);
        }
    }
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
        Place::Known(held) => held,
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
