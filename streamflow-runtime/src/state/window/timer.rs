//! When to look at a key.

use std::cmp::Ordering;

use crate::state::key::{KeptKey, Key as _};

/// A moment, and the key to look at then. The greatest of several is the earliest one.
#[derive(Debug)]
pub(super) struct Timer<K> {
    pub(super) at_ms: i64,
    pub(super) key: K,
}

/// The earliest one is the greatest.
impl<K> Ord for Timer<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at_ms.cmp(&self.at_ms)
    }
}

impl<K> PartialOrd for Timer<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> PartialEq for Timer<K> {
    fn eq(&self, other: &Self) -> bool {
        self.at_ms == other.at_ms
    }
}

impl<K> Eq for Timer<K> {}

/// The same key once more.
pub(super) fn copy<K: KeptKey>(key: &K) -> K {
    key.lend().keep()
}
