//! What a stage keeps for each key as long as the key is in use, on the worker that owns the key.

use serde::{Deserialize, Serialize};

use super::image::{Restored, Saved, Stored};
use super::key::{KeptKey, Key};
use super::keyed::{Keyed, Moved, Place, Unsettled};
use super::layout;
use super::since::Around;

/// The states of the keys that one worker owns.
#[derive(Debug)]
pub struct Owned<K, S> {
    table: Keyed<K, Aged<S>>,
    /// When keys were last looked through for those that nobody uses any more.
    looked_ms: i64,
}

/// The state of a key, and when the key was used last.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "S: Deserialize<'de>"))]
pub struct Aged<S> {
    used_ms: i64,
    state: Option<S>,
}

/// What is known of a key beside its state.
#[derive(Debug)]
pub struct Age {
    used_ms: i64,
}

impl Age {
    /// The state with what is known of its key.
    pub(crate) fn of<S>(self, state: S) -> Aged<S> {
        Aged {
            used_ms: self.used_ms,
            state: Some(state),
        }
    }
}

impl Around for Age {
    type Of<S: Stored> = Aged<S>;
    type Rest = Age;

    fn apart<S: Stored>(Aged { used_ms, state }: Aged<S>) -> Option<(Age, S)> {
        Some((Age { used_ms }, state?))
    }
}

impl<K, S> Default for Owned<K, S> {
    fn default() -> Self {
        Owned {
            table: Keyed::default(),
            looked_ms: i64::MIN,
        }
    }
}

impl<K: KeptKey, S> Owned<K, S> {
    /// The state of a key; none where it has been forgotten, or nobody has used it.
    pub(crate) fn slot(&mut self, key: &K, now_ms: i64) -> &mut Option<S> {
        self.slot_unless_idle(key, now_ms, None)
    }

    /// The same where a key is forgotten that nobody has used for so long.
    pub(crate) fn slot_unless_idle(
        &mut self,
        key: &K,
        now_ms: i64,
        idle_ms: Option<i64>,
    ) -> &mut Option<S> {
        let aged = match Key::place(&mut self.table, key.lend()) {
            Place::Known(aged) => aged,
            Place::New(new) => new.insert(Aged {
                used_ms: now_ms,
                state: None,
            }),
        };
        let is_idle = |idle_ms| now_ms.saturating_sub(aged.used_ms) >= idle_ms;
        if idle_ms.is_some_and(is_idle) {
            aged.state = None;
        }
        aged.used_ms = now_ms;
        &mut aged.state
    }

    /// Forgets the keys that nobody has used for so long, now and then; gives them with their
    /// states.
    pub(crate) fn forget_idle(&mut self, now_ms: i64, idle_ms: i64) -> Vec<(K, S)> {
        // Often enough that a key is kept by an eighth of the time longer at most.
        if now_ms.saturating_sub(self.looked_ms) < (idle_ms / 8).max(1) {
            return Vec::new();
        }
        self.looked_ms = now_ms;
        let idle = self
            .table
            .extract(|aged| now_ms.saturating_sub(aged.used_ms) >= idle_ms);
        idle.filter_map(|(key, aged)| Some((key, aged.state?)))
            .collect()
    }

    /// Takes out what a checkpoint has brought: it goes to the owner of its key.
    pub(crate) fn take_restored(&mut self) -> Vec<Moved<K, Aged<S>>> {
        self.table.take_restored()
    }

    /// Takes in what a checkpoint has brought to any worker.
    pub(crate) fn restore(&mut self, all: impl Iterator<Item = Moved<K, Aged<S>>>) {
        // Only one worker owned a key, and so it is in one place only.
        let latest = |known: &mut Aged<S>, other: Aged<S>| {
            if other.used_ms > known.used_ms {
                *known = other;
            }
            Ok::<(), std::convert::Infallible>(())
        };
        for moved in all {
            let Ok(()) = self
                .table
                .merge(moved, latest)
                .map_err(|Unsettled { cause, .. }| match cause {});
        }
        let Ok(()) = self
            .table
            .settle(latest)
            .map_err(|Unsettled { cause, .. }| match cause {});
    }
}

impl<K: KeptKey, S: Stored> Saved for Owned<K, S> {
    fn layout() -> String {
        Self::layout_with(&layout::of::<S>())
    }

    fn image(&self) -> Result<Vec<u8>, postcard::Error> {
        self.table.image()
    }
}

impl<K: KeptKey, S: Stored> Restored for Owned<K, S> {
    type Key = K;
    type Value = Aged<S>;

    fn layout_with(value: &str) -> String {
        <Keyed<K, S>>::layout_with(value)
    }

    fn with(entries: Vec<(K, Aged<S>)>) -> Self {
        Owned {
            table: Keyed::with_restored(entries),
            ..Self::default()
        }
    }
}
