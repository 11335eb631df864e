//! Aggregates that go on: what is kept of a key as its items come, and which results are still to leave.

use super::key::{KeptKey, copy_of};
use super::owned::{Gone, Owned, Use};

/// What is kept of the key at hand.
#[derive(Debug)]
pub struct Slot<'s, K, S> {
    state: &'s mut Option<S>,
    /// Where it is noted that its result is still to leave, if results leave at intervals.
    noted: Option<(&'s mut bool, &'s mut Vec<K>)>,
}

impl<'s, K, S> Slot<'s, K, S> {
    /// What gives its results at once.
    pub(super) fn of_changes(state: &'s mut Option<S>) -> Self {
        Slot { state, noted: None }
    }
}

impl<K: KeptKey, S> Slot<'_, K, S> {
    /// The state of the key; none before its first item.
    #[inline]
    pub(crate) fn state(&mut self) -> &mut Option<S> {
        self.state
    }

    /// The state of the key.
    #[inline]
    pub(crate) fn known(&self) -> Option<&S> {
        self.state.as_ref()
    }

    /// Notes that the key's result is another now.
    pub(crate) fn has_changed(self, key: &K) {
        if let Some((has_changed, changed)) = self.noted
            && !*has_changed
        {
            *has_changed = true;
            changed.push(copy_of(key));
        }
    }
}

impl<K: KeptKey, S> Owned<K, S> {
    /// What is kept of a key that is used now.
    #[inline]
    pub(crate) fn running(&mut self, key: &K, used: Use) -> Slot<'_, K, S> {
        let (aged, changed) = self.use_of(key, used);
        Slot {
            state: &mut aged.state,
            noted: Some((&mut aged.has_changed, changed)),
        }
    }

    /// The results that have changed since this was last asked, each key's latest.
    pub(crate) fn take_changed(&mut self, again: impl Fn(&S) -> S) -> Vec<(K, S)> {
        let changed = std::mem::take(&mut self.changed).into_iter();
        let results = changed.filter_map(|key| {
            let aged = self.known(&key)?;
            // One that has left with its key may have come again.
            let has_changed = std::mem::take(&mut aged.has_changed);
            let result = aged.state.as_ref().filter(|_| has_changed).map(&again);
            Some((key, result?))
        });
        results.collect()
    }
}

impl<K, S> Gone<K, S> {
    /// The result that was still to leave.
    pub(crate) fn result(self) -> Option<(K, S)> {
        self.state
            .filter(|_| self.has_changed)
            .map(|state| (self.key, state))
    }
}
