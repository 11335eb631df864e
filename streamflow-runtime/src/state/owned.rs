//! What a stage keeps for each key as long as the key is in use, on the worker that owns the key.

use serde::{Deserialize, Serialize};

use super::cap::{self, Cap, Turn};
use super::homing::Homing;
use super::image::{Restored, Saved, Stored};
use super::key::{KeptKey, Key, copy_of};
use super::keyed::{Keyed, Moved, Place, Unsettled};
use super::layout;
use super::parts::Parts;
use super::since::Around;

/// So few keys are looked through whenever there is a reason to: it costs nothing.
const FEW: usize = 1_024;

/// The states of the keys that one worker owns.
#[derive(Debug)]
pub struct Owned<K, S> {
    table: Keyed<K, Aged<S>>,
    /// When keys were last looked through for those that nobody uses any more.
    looked_ms: i64,
    /// The keys in the order of their last use, where only so many are kept.
    cap: Option<Cap<K>>,
    /// The keys whose latest result is still to leave, where results leave at intervals.
    pub(super) changed: Vec<K>,
}

/// The state of a key, and when the key was used last.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "S: Deserialize<'de>"))]
pub struct Aged<S> {
    used_ms: i64,
    pub(super) state: Option<S>,
    /// Whether its latest result is still to leave.
    pub(super) has_changed: bool,
    #[serde(skip)]
    turn: Turn,
}

/// When a key is used, and after how long without use it is forgotten.
#[derive(Debug, Clone, Copy)]
pub struct Use {
    pub(crate) now_ms: i64,
    pub(crate) idle_ms: Option<i64>,
}

/// A key that a stage keeps no longer.
#[derive(Debug)]
pub struct Gone<K, S> {
    pub(crate) key: K,
    pub(crate) state: Option<S>,
    /// Whether its latest result is still to leave.
    pub(crate) has_changed: bool,
}

impl<S> Aged<S> {
    /// The state, if there is one.
    pub(crate) fn into_state(self) -> Option<S> {
        self.state
    }
}

/// The state of a key, beside when it was used.
#[derive(Debug)]
pub struct Age;

impl Around for Age {
    type Of<S: Stored> = Aged<S>;

    fn changed<Old: Stored, New: Stored>(
        whole: Aged<Old>,
        change: &impl Fn(Old) -> New,
    ) -> Aged<New> {
        Aged {
            used_ms: whole.used_ms,
            state: whole.state.map(change),
            has_changed: whole.has_changed,
            turn: whole.turn,
        }
    }
}

impl<K, S> Default for Owned<K, S> {
    fn default() -> Self {
        Owned {
            table: Keyed::default(),
            looked_ms: i64::MIN,
            cap: None,
            changed: Vec::new(),
        }
    }
}

impl<S> Aged<S> {
    fn is_idle(&self, Use { now_ms, idle_ms }: Use) -> bool {
        idle_ms.is_some_and(|idle_ms| now_ms.saturating_sub(self.used_ms) >= idle_ms)
    }

    fn gone<K>(self, key: K) -> Gone<K, S> {
        Gone {
            key,
            state: self.state,
            has_changed: self.has_changed,
        }
    }
}

impl<K: KeptKey, S> Owned<K, S> {
    /// Keeps only so many keys: those that were used last.
    pub(crate) fn keep_at_most(&mut self, cap: u64) {
        self.cap = Some(Cap::new(usize::try_from(cap).unwrap_or(usize::MAX)));
    }

    /// Whether only so many keys are kept: one worker then has all of them.
    pub(crate) fn is_capped(&self) -> bool {
        self.cap.is_some()
    }

    /// The state of a key; none where it has been forgotten, or nobody has used it. One that is idle,
    /// and has not been forgotten yet, goes on.
    pub(crate) fn slot(&mut self, key: &K, now_ms: i64) -> &mut Option<S> {
        let idle_ms = None;
        self.slot_unless_idle(key, Use { now_ms, idle_ms })
    }

    /// The same where a key is forgotten that nobody has used for so long.
    pub(crate) fn slot_unless_idle(&mut self, key: &K, used: Use) -> &mut Option<S> {
        &mut self.use_of(key, used).0.state
    }

    /// What is kept of a key that is used now, and the keys whose results are still to leave.
    pub(super) fn use_of(&mut self, key: &K, used: Use) -> (&mut Aged<S>, &mut Vec<K>) {
        let aged = match Key::place(&mut self.table, key.lend()) {
            Place::Known(aged, _) => aged,
            Place::New(new) => new.insert(Aged {
                used_ms: used.now_ms,
                state: None,
                has_changed: false,
                turn: Turn::default(),
            }),
        };
        if aged.is_idle(used) {
            aged.state = None;
        }
        // An item that comes out of order is no later use.
        aged.used_ms = aged.used_ms.max(used.now_ms);
        cap::used(self.cap.as_mut(), key, &mut aged.turn);
        (aged, &mut self.changed)
    }

    /// Takes out the key that nobody has used for longest, where there is no room for a new one.
    pub(crate) fn make_room(&mut self, key: &K) -> Option<Gone<K, S>> {
        let cap = self.cap.as_mut().filter(|cap| cap.is_full())?;
        if self.table.get(key).is_some() {
            return None;
        }
        let first = cap.take_first()?;
        let aged = self.table.remove(&first)?;
        Some(aged.gone(first))
    }

    /// Takes out a key that is idle by the time of an item of its own.
    pub(crate) fn take_idle(&mut self, key: &K, used: Use) -> Option<Gone<K, S>> {
        if !self.table.get(key)?.is_idle(used) {
            return None;
        }
        let aged = self.table.remove(key)?;
        if let Some(cap) = &mut self.cap {
            cap.remove(aged.turn);
        }
        Some(aged.gone(copy_of(key)))
    }

    /// The state of a key, if it has one and has been used since: to look does not count as use.
    pub(crate) fn get(&self, key: &K, now_ms: i64, idle_ms: Option<i64>) -> Option<&S> {
        let aged = self.table.get(key)?;
        let is_idle = |idle_ms| now_ms.saturating_sub(aged.used_ms) >= idle_ms;
        if idle_ms.is_some_and(is_idle) {
            return None;
        }
        aged.state.as_ref()
    }

    /// Forgets a key.
    pub(crate) fn remove(&mut self, key: &K) {
        self.table.remove(key);
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Forgets the keys whose states say so.
    pub(crate) fn forget(&mut self, mut is_forgotten: impl FnMut(&mut S) -> bool) {
        let keep = |aged: &mut Aged<S>| {
            let state = aged.state.as_mut();
            Ok::<bool, std::convert::Infallible>(!state.is_none_or(&mut is_forgotten))
        };
        let Ok(()) = self
            .table
            .retain(keep)
            .map_err(|Unsettled { cause, .. }| match cause {});
    }

    /// Forgets the keys that nobody has used for so long, now and then; gives them with their
    /// states.
    pub(crate) fn forget_idle(&mut self, now_ms: i64, idle_ms: i64) -> Vec<Gone<K, S>> {
        // Often enough that a key is kept by an eighth of the time longer at most.
        if self.table.len() > FEW && now_ms.saturating_sub(self.looked_ms) < (idle_ms / 8).max(1) {
            return Vec::new();
        }
        self.looked_ms = now_ms;
        let idle_ms = Some(idle_ms);
        let (table, cap) = (&mut self.table, &mut self.cap);
        let idle = table.extract(|aged| aged.is_idle(Use { now_ms, idle_ms }));
        let gone = idle.map(|(key, aged)| {
            if let Some(cap) = cap {
                cap.remove(aged.turn);
            }
            aged.gone(key)
        });
        gone.collect()
    }

    /// What is kept of a key, if anything is.
    pub(super) fn known(&mut self, key: &K) -> Option<&mut Aged<S>> {
        match Key::place(&mut self.table, key.lend()) {
            Place::Known(aged, _) => Some(aged),
            Place::New(_) => None,
        }
    }
}

impl<K: KeptKey, S> Homing for Owned<K, S> {
    type Entry = Moved<K, Aged<S>>;

    fn leaving(&mut self, workers: usize) -> Vec<(usize, Self::Entry)> {
        let moved = self.table.take_restored().into_iter();
        let is_capped = self.is_capped();
        moved
            .map(|moved| (if is_capped { 0 } else { moved.owner(workers) }, moved))
            .collect()
    }

    fn come_home(&mut self, all: impl Iterator<Item = Self::Entry>) {
        // Only one worker owned a key, and so it is in one place only.
        let latest = |known: &mut Aged<S>, other: Aged<S>| {
            if other.used_ms > known.used_ms {
                *known = other;
            }
            Ok::<(), std::convert::Infallible>(())
        };
        let mut order = Vec::new();
        for moved in all {
            if self.cap.is_some() {
                order.push(copy_of(moved.key()));
            }
            let Ok(()) = self
                .table
                .merge(moved, latest)
                .map_err(|Unsettled { cause, .. }| match cause {});
        }
        let Ok(()) = self
            .table
            .settle(latest)
            .map_err(|Unsettled { cause, .. }| match cause {});
        for key in order {
            if let Place::Known(aged, _) = Key::place(&mut self.table, key.lend()) {
                cap::used(self.cap.as_mut(), &key, &mut aged.turn);
            }
        }
        let entries = self.table.entries();
        let changed = entries.filter(|(_, aged)| aged.has_changed);
        self.changed = changed.map(|(key, _)| copy_of(key)).collect();
    }
}

impl<K: KeptKey, S: Stored> Saved for Owned<K, S> {
    fn layout() -> String {
        Self::layout_with(&layout::of::<S>())
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        match &self.cap {
            Some(cap) if cap.len() == self.table.len() => cap::write(cap, &self.table, parts),
            Some(_) | None => self.table.write(parts),
        }
    }

    fn shrink(&mut self) {
        self.table.shrink();
    }
}

impl<K: KeptKey, S: Stored> Restored for Owned<K, S> {
    type Key = K;
    type Value = Aged<S>;

    fn layout_with(value: &str) -> String {
        // When a key was used stands beside its value.
        let keyed = <Keyed<K, S>>::layout_with(value);
        format!("{keyed} item by item")
    }

    fn with(entries: Vec<(K, Aged<S>)>) -> Self {
        Owned {
            table: Keyed::with_restored(entries),
            ..Self::default()
        }
    }
}
