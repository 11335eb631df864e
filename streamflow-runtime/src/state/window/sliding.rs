//! Windows that end with each item, by time: `over sliding 5m`.
//!
//! By the records' own time an item waits until all in front of it have come. Items of one moment are
//! in each other's windows, in whatever order they come.

use std::collections::{BTreeMap, BinaryHeap};

use serde::{Deserialize, Serialize};

use super::Panes;
use super::timer::{Timer, copy};
use crate::state::image::{Restored, Saved, Stored};
use crate::state::key::{KeptKey, Key};
use crate::state::keyed::{Keyed, Moved, Place, Stays, Unsettled};
use crate::state::parts::Parts;
use crate::state::since::Around;
use crate::time::Window;

/// Results with the times of their items, and the keys.
type Results<K, V> = Vec<(i64, K, V)>;

/// The windows of the keys that one worker owns.
#[derive(Debug)]
pub struct SlidingWindows<K, V> {
    table: Keyed<K, SlidingOfKey<V>>,
    /// When to look at keys: for items that are complete, and for keys that have none left.
    timers: BinaryHeap<Timer<K>>,
    size_ms: i64,
    delay_ms: i64,
    reached_ms: i64,
}

/// What a window has of one key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "V: Deserialize<'de>"))]
pub struct SlidingOfKey<V> {
    /// The items that the next window may have.
    panes: Panes<V>,
    last_ms: i64,
    /// Items that may not be the next ones: how many of a moment, and what they come to.
    waiting: BTreeMap<i64, (u64, V)>,
    /// When the key is looked at: its other timers are out of date.
    #[serde(skip, default = "never")]
    looked_at_ms: i64,
}

fn never() -> i64 {
    i64::MAX
}

/// The values of a key's items.
#[derive(Debug)]
pub struct InSliding;

impl Around for InSliding {
    type Of<V: Stored> = SlidingOfKey<V>;

    fn changed<Old: Stored, New: Stored>(
        whole: SlidingOfKey<Old>,
        change: &impl Fn(Old) -> New,
    ) -> SlidingOfKey<New> {
        let waiting = whole.waiting.into_iter();
        SlidingOfKey {
            panes: whole.panes.map(change),
            last_ms: whole.last_ms,
            waiting: waiting
                .map(|(time_ms, (n_items, value))| (time_ms, (n_items, change(value))))
                .collect(),
            looked_at_ms: whole.looked_at_ms,
        }
    }
}

impl<V> Default for SlidingOfKey<V> {
    fn default() -> Self {
        SlidingOfKey {
            panes: Panes::default(),
            last_ms: i64::MIN,
            waiting: BTreeMap::new(),
            looked_at_ms: never(),
        }
    }
}

impl<V> SlidingOfKey<V> {
    /// When to look at the key.
    fn look_ms(&self, size_ms: i64, delay_ms: i64) -> i64 {
        let next_ms = self.waiting.keys().next().copied();
        let complete_ms = next_ms.map(|next_ms| next_ms.saturating_add(1));
        let empty_ms = self.last_ms.saturating_add(size_ms);
        complete_ms.unwrap_or(empty_ms).saturating_add(delay_ms)
    }

    /// The result of the window that ends with an item.
    fn slide<E>(
        &mut self,
        (time_ms, value): (i64, V),
        size_ms: i64,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<Option<V>, E>
    where
        V: Clone,
    {
        self.panes.push(time_ms, value, combine)?;
        self.last_ms = time_ms;
        let first_ms = time_ms.saturating_sub(size_ms).saturating_add(1);
        self.panes.leave(first_ms, combine)?;
        self.panes.total(combine)
    }
}

impl<K, V> Default for SlidingWindows<K, V> {
    fn default() -> Self {
        SlidingWindows {
            table: Keyed::default(),
            timers: BinaryHeap::new(),
            size_ms: 1,
            delay_ms: 0,
            reached_ms: i64::MIN,
        }
    }
}

impl<K: KeptKey, V> SlidingWindows<K, V> {
    pub(crate) fn begin(&mut self, size_ms: i64, delay_ms: i64, reached_ms: i64) {
        self.size_ms = size_ms.max(1);
        self.delay_ms = delay_ms;
        self.reached_ms = reached_ms;
    }

    /// The window of an item.
    pub(crate) fn up_to(&self, time_ms: i64) -> Window {
        Window::new(time_ms.saturating_sub(self.size_ms), time_ms)
    }

    /// The item's key, with a timer where it has none that is early enough behind `change`.
    fn change<R>(&mut self, key: &K, change: impl FnOnce(&mut SlidingOfKey<V>) -> R) -> R {
        let of_key = match Key::place(&mut self.table, key.lend()) {
            Place::Known(known, _) => known,
            Place::New(new) => new.insert(SlidingOfKey::default()),
        };
        let result = change(of_key);
        let at_ms = of_key.look_ms(self.size_ms, self.delay_ms);
        if at_ms < of_key.looked_at_ms {
            of_key.looked_at_ms = at_ms;
            let key = copy(key);
            self.timers.push(Timer { at_ms, key });
        }
        result
    }

    /// Whether an item has come when its result had left. The end of time is too far in front of the
    /// clock.
    #[inline]
    pub(crate) fn is_late(&self, time_ms: i64) -> bool {
        let complete_ms = time_ms.saturating_add(1).saturating_add(self.delay_ms);
        complete_ms <= self.reached_ms || time_ms == i64::MAX
    }

    /// Lets an item wait until all in front of it have come; says whether it is late.
    ///
    /// # Errors
    ///
    /// Values that cannot be combined; the item is left out.
    pub(crate) fn wait<E>(
        &mut self,
        key: &K,
        (time_ms, row): (i64, V),
        mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<IsLate, E> {
        if self.is_late(time_ms) {
            return Ok(IsLate::Yes);
        }
        self.change(key, |of_key| {
            match of_key.waiting.get_mut(&time_ms) {
                Some((n_items, known)) => {
                    combine(known, row)?;
                    *n_items += 1;
                }
                None => {
                    of_key.waiting.insert(time_ms, (1, row));
                }
            }
            Ok(IsLate::No)
        })
    }

    pub(crate) fn take_restored(&mut self) -> Vec<Moved<K, SlidingOfKey<V>>> {
        self.table.take_restored()
    }

    /// Takes in what a checkpoint has of a key that this worker owns.
    pub(crate) fn restore(&mut self, moved: Moved<K, SlidingOfKey<V>>) {
        let (key, of_key, restored) = self.table.moved_place(moved, SlidingOfKey::default);
        *of_key = restored;
        of_key.looked_at_ms = of_key.look_ms(self.size_ms, self.delay_ms);
        let (at_ms, key) = (of_key.looked_at_ms, copy(key));
        self.timers.push(Timer { at_ms, key });
    }

    /// Forgets keys whose last items no window has any more.
    pub(crate) fn forget(&mut self, reached_ms: i64) {
        let (size_ms, delay_ms) = (self.size_ms, self.delay_ms);
        while let Some(timer) = self.timers.peek()
            && timer.at_ms <= reached_ms
            && let Some(Timer { at_ms, key }) = self.timers.pop()
        {
            let mut next_ms = None;
            self.table.change(&key, |of_key| {
                let look_ms = of_key.look_ms(size_ms, delay_ms);
                if of_key.looked_at_ms == at_ms && look_ms <= reached_ms {
                    return Stays::No;
                }
                if of_key.looked_at_ms == at_ms {
                    of_key.looked_at_ms = look_ms;
                    next_ms = Some(look_ms);
                }
                Stays::Yes
            });
            if let Some(at_ms) = next_ms {
                self.timers.push(Timer { at_ms, key });
            }
        }
    }
}

impl<K: KeptKey, V: Clone> SlidingWindows<K, V> {
    /// The result of the window that ends with an item which comes now.
    ///
    /// # Errors
    ///
    /// Values that cannot be combined.
    pub(crate) fn now<E>(
        &mut self,
        key: &K,
        item: (i64, V),
        mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<Option<V>, E> {
        let size_ms = self.size_ms;
        self.change(key, |of_key| of_key.slide(item, size_ms, &mut combine))
    }

    /// The results of all items that are complete by then, and forgets keys without any.
    ///
    /// # Errors
    ///
    /// Values that cannot be combined.
    pub(crate) fn reach<E>(
        &mut self,
        reached_ms: i64,
        mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<Results<K, V>, Unsettled<K, E>> {
        let (size_ms, delay_ms) = (self.size_ms, self.delay_ms);
        let mut results = Vec::new();
        self.reached_ms = reached_ms;
        while let Some(timer) = self.timers.peek()
            && timer.at_ms <= reached_ms
            && let Some(Timer { at_ms, key }) = self.timers.pop()
        {
            let mut failed = None;
            let mut next_ms = None;
            self.table.change(&key, |of_key| {
                if of_key.looked_at_ms != at_ms {
                    return Stays::Yes;
                }
                while let Some(first) = of_key.waiting.first_entry()
                    && first.key().saturating_add(1).saturating_add(delay_ms) <= reached_ms
                {
                    let (time_ms, (n_items, value)) = first.remove_entry();
                    match of_key.slide((time_ms, value), size_ms, &mut combine) {
                        Ok(Some(result)) => {
                            let each = (0..n_items).map(|_| (time_ms, copy(&key), result.clone()));
                            results.extend(each);
                        }
                        Ok(None) => {}
                        Err(cause) => {
                            failed = Some(cause);
                            return Stays::Yes;
                        }
                    }
                }
                let at_ms = of_key.look_ms(size_ms, delay_ms);
                if at_ms <= reached_ms {
                    return Stays::No;
                }
                of_key.looked_at_ms = at_ms;
                next_ms = Some(at_ms);
                Stays::Yes
            });
            if let Some(cause) = failed {
                return Err(Unsettled { key, at: -1, cause });
            }
            if let Some(at_ms) = next_ms {
                self.timers.push(Timer { at_ms, key });
            }
        }
        results.sort_by_key(|(time_ms, _, _)| *time_ms);
        Ok(results)
    }
}

/// Whether an item has come when its result had left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IsLate {
    Yes,
    No,
}

impl<K: KeptKey, V: Stored> Saved for SlidingWindows<K, V> {
    fn layout() -> String {
        <Keyed<K, V>>::layout()
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        parts.entries(self.table.entries())
    }

    fn shrink(&mut self) {
        self.table.shrink();
    }
}

impl<K: KeptKey, V: Stored> Restored for SlidingWindows<K, V> {
    type Key = K;
    type Value = SlidingOfKey<V>;

    fn layout_with(value: &str) -> String {
        <Keyed<K, V>>::layout_with(value)
    }

    fn with(entries: Vec<(K, SlidingOfKey<V>)>) -> Self {
        SlidingWindows {
            table: Keyed::with_restored(entries),
            ..Self::default()
        }
    }
}
