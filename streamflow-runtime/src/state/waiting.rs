//! Items that wait, on the worker that owns their key, until time is complete up to theirs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::groups::owner;
use super::homing::Homing;
use super::image::{Restored, Saved, Stored};
use super::key::KeptKey;
use super::keyed::Keyed;
use super::layout;
use super::parts::Parts;
use super::since::Around;

/// Items by their times; those of one time in the order in which they came.
#[derive(Debug)]
pub struct Waiting<K, V> {
    by_time: BTreeMap<i64, Vec<(K, V)>>,
    /// What is on its way out, the next one last.
    leaving: Vec<(K, V)>,
    leaving_ms: i64,
    /// What a checkpoint held, until the first round: it goes to the owners of the keys.
    restored: Vec<(K, Waited<V>)>,
}

/// An item as a checkpoint has it, beside its key.
#[derive(Debug, Serialize, Deserialize)]
pub struct Waited<V> {
    time_ms: i64,
    value: V,
}

impl<K, V> Default for Waiting<K, V> {
    fn default() -> Self {
        Waiting {
            by_time: BTreeMap::new(),
            leaving: Vec::new(),
            leaving_ms: i64::MIN,
            restored: Vec::new(),
        }
    }
}

impl<K, V> Waiting<K, V> {
    /// Lets an item wait.
    pub(crate) fn push(&mut self, time_ms: i64, key: K, value: V) {
        self.by_time.entry(time_ms).or_default().push((key, value));
    }

    /// Takes out the next item of a time in front of a moment, with its time.
    pub(crate) fn next_before(&mut self, end_ms: i64) -> Option<(i64, K, V)> {
        if self.leaving.is_empty() {
            let first = self.by_time.first_entry()?;
            if *first.key() >= end_ms {
                return None;
            }
            (self.leaving_ms, self.leaving) = first.remove_entry();
            self.leaving.reverse();
        }
        let (key, value) = self.leaving.pop()?;
        Some((self.leaving_ms, key, value))
    }
}

/// The value of an item that waits.
#[derive(Debug)]
pub struct InWaiting;

impl Around for InWaiting {
    type Of<V: Stored> = Waited<V>;

    fn changed<Old: Stored, New: Stored>(
        whole: Waited<Old>,
        change: &impl Fn(Old) -> New,
    ) -> Waited<New> {
        Waited {
            time_ms: whole.time_ms,
            value: change(whole.value),
        }
    }
}

/// [`Waited`], lent.
#[derive(Serialize)]
struct WaitedOf<'w, V> {
    time_ms: i64,
    value: &'w V,
}

impl<K: KeptKey, V> Homing for Waiting<K, V> {
    type Entry = (K, Waited<V>);

    fn leaving(&mut self, workers: usize) -> Vec<(usize, Self::Entry)> {
        let restored = std::mem::take(&mut self.restored).into_iter();
        let restored = restored.map(|(key, waited)| (owner(&key, workers), (key, waited)));
        restored.collect()
    }

    fn come_home(&mut self, all: impl Iterator<Item = Self::Entry>) {
        for (key, Waited { time_ms, value }) in all {
            self.push(time_ms, key, value);
        }
    }
}

impl<K: KeptKey, V: Stored> Saved for Waiting<K, V> {
    fn layout() -> String {
        Self::layout_with(&layout::of::<V>())
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        let waiting = self.by_time.iter().flat_map(|(time_ms, items)| {
            let time_ms = *time_ms;
            let items = items.iter();
            items.map(move |(key, value)| (key, WaitedOf { time_ms, value }))
        });
        parts.entries(waiting)?;
        let restored = self.restored.iter();
        parts.entries(restored.map(|(key, waited)| (key, waited)))
    }
}

impl<K: KeptKey, V: Stored> Restored for Waiting<K, V> {
    type Key = K;
    type Value = Waited<V>;

    fn layout_with(value: &str) -> String {
        <Keyed<K, V>>::layout_with(value)
    }

    fn with(entries: Vec<(K, Waited<V>)>) -> Self {
        Waiting {
            restored: entries,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{can_be_read_again, entries, parts_of};

    #[test]
    fn items_leave_by_their_times_and_then_as_they_came() {
        let mut waiting = Waiting::default();
        for (time_ms, key) in [(5, 1_u8), (3, 2), (5, 3), (8, 4)] {
            waiting.push(time_ms, key, ());
        }
        let mut left = Vec::new();
        while let Some((time_ms, key, ())) = waiting.next_before(8) {
            left.push((time_ms, key));
        }
        assert_eq!(left, [(3, 2), (5, 1), (5, 3)]);
        assert_eq!(waiting.next_before(9), Some((8, 4, ())));
    }

    #[test]
    fn what_waits_is_read_again() {
        let mut waiting = Waiting::default();
        waiting.push(5, 1_u8, 'a');
        waiting.push(3, 2_u8, 'b');
        let parts = parts_of(&waiting).expect("items can be written");
        let parts: Vec<&[u8]> = parts.iter().map(|part| &*part.bytes).collect();
        assert!(
            parts
                .iter()
                .all(|part| can_be_read_again::<Waiting<u8, char>>(part))
        );
        let mut restored: Waiting<u8, char> =
            Waiting::with(entries(&parts).expect("items can be read"));
        let all = restored.leaving(1).into_iter();
        restored.come_home(all.map(|(_, item)| item));
        assert_eq!(restored.next_before(9), Some((3, 2, 'b')));
        assert_eq!(restored.next_before(9), Some((5, 1, 'a')));
        assert_eq!(restored.next_before(9), None);
    }
}
