//! Adds items to a value that has its place already: that of a session, or of a row.

use super::add::overflow_of;
use crate::state::{Held, KeptKey, Mean, Overflow};

/// A place for a value.
pub trait Spot<'s, V: 's> {
    /// The place, and what adds to an overflow whose it is.
    fn spot(self) -> (&'s mut Option<V>, impl FnOnce(Overflow) -> Overflow);
}

impl<'s, V> Spot<'s, V> for &'s mut Option<V> {
    #[inline]
    fn spot(self) -> (&'s mut Option<V>, impl FnOnce(Overflow) -> Overflow) {
        (self, |overflow| overflow)
    }
}

/// A place for a value of a key.
#[derive(Debug)]
pub struct SlotOfKey<'s, K, V> {
    pub(super) value: &'s mut Option<V>,
    /// The key, where it is not a new one.
    pub(super) key: Option<&'s K>,
}

impl<'s, K: KeptKey, V> Spot<'s, V> for SlotOfKey<'s, K, V> {
    #[inline]
    fn spot(self) -> (&'s mut Option<V>, impl FnOnce(Overflow) -> Overflow) {
        let SlotOfKey { value, key } = self;
        (value, move |overflow| match key {
            Some(key) => overflow_of(key, overflow),
            None => overflow,
        })
    }
}

/// Combines an item with what is there.
#[inline]
pub fn combine_in<'s, V: 's>(
    slot: impl Spot<'s, V>,
    item: V,
    combine: impl FnOnce(&mut V, V) -> Result<(), Overflow>,
) -> Result<(), Overflow> {
    match slot.spot() {
        (Some(known), named) => combine(known, item).map_err(named),
        (empty, _) => {
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
