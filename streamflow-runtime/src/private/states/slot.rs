//! Adds items to a value that has its place already: that of a session, or of a row.

use crate::state::{Held, Mean, Overflow};

/// Combines an item with what is there.
#[inline]
pub fn combine_in<V>(
    slot: &mut Option<V>,
    item: V,
    combine: impl FnOnce(&mut V, V) -> Result<(), Overflow>,
) -> Result<(), Overflow> {
    match slot {
        Some(known) => combine(known, item),
        empty => {
            *empty = Some(item);
            Ok(())
        }
    }
}

/// The same by a closure.
#[inline]
pub fn combine_in_with<V>(slot: &mut Option<Held<V>>, item: V, combine: impl FnOnce(V, V) -> V) {
    match slot {
        Some(known) => known.replace(|before| combine(before, item)),
        empty => *empty = Some(Held::new(item)),
    }
}

/// Counts an item.
#[inline]
pub fn count_in(slot: &mut Option<u64>) {
    let count = slot.get_or_insert(0);
    *count = count.wrapping_add(1);
}

/// Takes a number into the mean.
#[inline]
pub fn average_in(slot: &mut Option<Mean>, number: f64) {
    let mean = Mean::of(number);
    match slot {
        Some(known) => known.add(mean),
        empty => *empty = Some(mean),
    }
}

/// Adds a value to what is there.
#[inline]
pub fn fold_in<A, V>(
    slot: &mut Option<Held<A>>,
    value: V,
    init: impl FnOnce() -> A,
    add: impl FnOnce(A, V) -> A,
) {
    let held = slot.get_or_insert_with(|| Held::new(init()));
    held.replace(|sum| add(sum, value));
}
