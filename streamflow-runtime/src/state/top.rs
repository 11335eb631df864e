//! The pairs with the greatest values, as `top` keeps them: never more than it passes on.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::key::{KeptKey, Key};
use super::single::Single;

/// Values that `top` ranks pairs by.
#[diagnostic::on_unimplemented(
    message = "`top` ranks pairs by their values, and a `{Self}` has no order",
    label = "the values reaching this stage are `{Self}`",
    note = "derive `PartialOrd` for `{Self}`, or put the number to rank by in its place: `map_values(|value| value.price)`"
)]
pub trait Ranking: Sized {
    /// Checks that the value has an order.
    #[inline]
    fn checked(&self) {}

    /// The order of two values: the greater one first, and a NaN behind all numbers.
    fn ranked(&self, other: &Self) -> Ordering;
}

#[diagnostic::do_not_recommend]
impl<V: PartialOrd> Ranking for V {
    #[inline]
    fn ranked(&self, other: &Self) -> Ordering {
        other.partial_cmp(self).unwrap_or_else(|| {
            let is_number = |value: &V| value.partial_cmp(value).is_some();
            is_number(other).cmp(&is_number(self))
        })
    }
}

/// Keys that decide between equal values.
#[diagnostic::on_unimplemented(
    message = "`top` puts pairs of equal values in the order of their keys, and a `{Self}` has none",
    label = "the keys reaching this stage are `{Self}`",
    note = "derive `PartialOrd` and `Ord` for `{Self}`"
)]
pub trait RankedKey: KeptKey {
    /// The order of two keys.
    fn in_order(&self, other: &Self) -> Ordering;

    /// Takes a pair in, if it is among the `n` greatest.
    #[inline]
    fn rank<Q: Key<Kept = Self>, V: Ranking>(
        state: &mut Single<Top<Self, V>>,
        key: Q,
        value: V,
        n: usize,
    ) {
        Self::rank_in(state.place(), key, value, n);
    }

    /// The same where the pairs have their place already.
    #[inline]
    fn rank_in<Q: Key<Kept = Self>, V: Ranking>(
        slot: &mut Option<Top<Self, V>>,
        key: Q,
        value: V,
        n: usize,
    ) {
        slot.get_or_insert_default().add(key, value, n);
    }

    /// Brings what two workers, or two steps of a window, have together.
    fn merge_top<V: Ranking>(known: &mut Top<Self, V>, other: Top<Self, V>, n: usize) {
        known.merge(other, n);
    }
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey + Ord> RankedKey for K {
    fn in_order(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }
}

/// Pairs in the order in which `top` passes them on: the greatest value first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Top<K, V>(Vec<(K, V)>);

impl<K, V> Default for Top<K, V> {
    fn default() -> Self {
        Top(Vec::new())
    }
}

impl<K: RankedKey, V: Ranking> Top<K, V> {
    /// Takes a pair in, if it is among the `n` greatest; the one that is not any more leaves.
    #[inline]
    pub(crate) fn add<Q: Key<Kept = K>>(&mut self, key: Q, value: V, n: usize) {
        // Most pairs are too small: they cost one comparison, and no copy of their key.
        let is_too_small = self.0.len() >= n
            && self
                .0
                .last()
                .is_none_or(|(_, least)| value.ranked(least) == Ordering::Greater);
        if !is_too_small {
            self.insert((key.keep(), value), n);
        }
    }

    fn insert(&mut self, pair: (K, V), n: usize) {
        let at = self.0.partition_point(|known| {
            let by_value = known.1.ranked(&pair.1);
            by_value.then_with(|| known.0.in_order(&pair.0)) != Ordering::Greater
        });
        if at < n {
            self.0.truncate(n - 1);
            self.0.insert(at, pair);
        }
    }

    /// Takes in what another worker, or another step of a window, has.
    pub(crate) fn merge(&mut self, other: Top<K, V>, n: usize) {
        for pair in other.0 {
            self.insert(pair, n);
        }
    }
}

impl<K, V> Top<K, V> {
    /// Pairs that are in order already.
    pub(crate) fn in_order(pairs: Vec<(K, V)>) -> Self {
        Top(pairs)
    }
}

impl<K, V> IntoIterator for Top<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn top(pairs: &[(u8, u8)], n: usize) -> Top<u8, u8> {
        let mut top = Top::default();
        for (key, value) in pairs {
            top.add(*key, *value, n);
        }
        top
    }

    proptest! {
        #[test]
        fn greatest_pairs_are_kept_however_they_are_shared_out(
            pairs in vec((0_u8..8, 0_u8..8), 0..40),
            split in 0_usize..40,
            n in 0_usize..12,
        ) {
            let mut sorted = pairs.clone();
            sorted.sort_by_key(|(key, value)| (std::cmp::Reverse(*value), *key));
            sorted.truncate(n);
            let (left, right) = pairs.split_at(split.min(pairs.len()));
            let mut merged = top(left, n);
            merged.merge(top(right, n), n);
            prop_assert_eq!(merged.into_iter().collect::<Vec<_>>(), sorted);
        }
    }

    #[test]
    fn nan_comes_behind_all_numbers() {
        let mut top = Top::default();
        for (key, value) in [("nan", f64::NAN), ("least", -1.0), ("greatest", 2.0)] {
            top.add(key, value, 2);
        }
        let values: Vec<f64> = top.into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, [2.0, -1.0]);
    }
}
