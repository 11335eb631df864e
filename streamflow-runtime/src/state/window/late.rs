//! Which items of sessions are late: that shows when all of a round are on the worker that owns their
//! key.
//!
//! An item may be late when a session of it alone would be closed. It is if the session that it has
//! come to has no others than such; that session closes in the round that has brought it.

use std::collections::BTreeMap;

use super::Sessions;
use crate::state::key::{KeptKey, Key};
use crate::state::keyed::{Keyed, Place};

/// The sessions of one round that have no items but late ones: the times of the first and the last item
/// of each.
#[derive(Debug)]
pub(crate) struct LateSessions<K>(Keyed<K, BTreeMap<i64, i64>>);

impl<K> Default for LateSessions<K> {
    fn default() -> Self {
        LateSessions(Keyed::default())
    }
}

impl<K: KeptKey> LateSessions<K> {
    pub(super) fn note(&mut self, key: &K, (first_ms, last_ms): (i64, i64)) {
        let of_key = match Key::place(&mut self.0, key.lend()) {
            Place::Known(known, _) => known,
            Place::New(new) => new.insert(BTreeMap::new()),
        };
        of_key.insert(first_ms, last_ms);
    }

    /// Whether an item that may be late is.
    pub(crate) fn has(&self, key: &K, time_ms: i64) -> bool {
        // The end of time is too far in front of the clock.
        if time_ms == i64::MAX {
            return true;
        }
        let before = self.0.get(key).and_then(|of_key| {
            let mut before = of_key.range(..=time_ms);
            before.next_back()
        });
        before.is_some_and(|(_, last_ms)| time_ms <= *last_ms)
    }
}

impl<K: KeptKey, V> Sessions<K, V> {
    /// Remembers the late sessions of each round from here on.
    pub(crate) fn keep_late(&mut self) {
        self.late = Some(LateSessions::default());
    }

    /// Whether an item is late if it touches no session that is open.
    #[inline]
    pub(crate) fn may_be_late(&self, time_ms: i64) -> bool {
        time_ms < self.rule.on_time_from_ms || time_ms == i64::MAX
    }

    /// The late sessions of the round at hand.
    pub(crate) fn take_late(&mut self) -> LateSessions<K> {
        self.late
            .replace(LateSessions::default())
            .unwrap_or_default()
    }
}
