//! Passes on the pairs with the greatest values.

use crate::state::Top;

/// The pairs of the interval or the window, the greatest value first.
pub fn ranked<K, V>(top: Option<Top<K, V>>) -> impl Iterator<Item = (K, V)> {
    top.into_iter().flatten()
}
