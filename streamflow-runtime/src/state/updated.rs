//! A state for each key that is brought up to date when an interval ends, and stays.

use std::marker::PhantomData;

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use super::image::{Restored, Saved, Stored};
use super::key::KeptKey;
use super::keyed::{Keyed, Place, Unsettled};
use super::layout;
use super::parts::Parts;
use super::placed::{Placed, RecordPlace};
use super::since::Around;

/// The states of one stage on one worker. The states of keys lie at their owners; what an interval
/// brings lies where it was read, until the interval ends.
#[derive(Debug)]
pub struct States<K, V, S> {
    /// Key by key.
    pub table: Keyed<K, Known<V, S>>,
}

/// What is known of one key.
#[derive(Debug, Serialize, Deserialize)]
pub struct Known<V, S> {
    /// What the open interval has brought.
    values: Placed<V>,
    /// What earlier ones have come to.
    state: Option<S>,
}

impl<K, V, S> Default for States<K, V, S> {
    fn default() -> Self {
        States {
            table: Keyed::default(),
        }
    }
}

impl<V, S> Default for Known<V, S> {
    fn default() -> Self {
        Known {
            values: Placed::default(),
            state: None,
        }
    }
}

impl<V, S> Known<V, S> {
    /// Takes in what another worker knows of the key: only the owner has its state.
    pub(crate) fn append(&mut self, other: Self) {
        self.values.append(other.values);
        if other.state.is_some() {
            self.state = other.state;
        }
    }
}

/// The state of a key, beside the values that an open interval has brought for it.
#[derive(Debug)]
pub struct InStates<V>(PhantomData<V>);

impl<V: Stored> Around for InStates<V> {
    type Of<S: Stored> = Known<V, S>;

    fn layout_with(state: &str) -> String {
        format!("([{}], Option<{state}>)", layout::of::<V>())
    }

    fn changed<Old: Stored, New: Stored>(
        whole: Known<V, Old>,
        change: &impl Fn(Old) -> New,
    ) -> Known<V, New> {
        Known {
            values: whole.values,
            state: whole.state.map(change),
        }
    }
}

/// Adds a value to those that the open interval has brought for a key.
#[inline]
pub(crate) fn add_value<K, V, S>(place: Place<'_, K, Known<V, S>>, at: RecordPlace, value: V) {
    let known = match place {
        Place::Known(known, _) => known,
        Place::New(new) => new.insert(Known::default()),
    };
    known.values.push(at, value);
}

impl<K: KeptKey, V, S> States<K, V, S> {
    /// Ends the interval: every key gets a new state, or is forgotten.
    pub(crate) fn update(&mut self, mut function: impl FnMut(Vec<V>, Option<S>) -> Option<S>) {
        let updated = self.table.retain(|known| {
            let values = std::mem::take(&mut known.values).into_values();
            known.state = function(values, known.state.take());
            Ok::<_, Infallible>(known.state.is_some())
        });
        let Ok(()) = updated.map_err(|Unsettled { cause, .. }| match cause {});
    }

    /// The state of every key.
    pub(crate) fn states(&self) -> impl Iterator<Item = (&K, &S)> + '_ {
        self.table
            .entries()
            .filter_map(|(key, known)| Some((key, known.state.as_ref()?)))
    }
}

impl<K: KeptKey, V: Stored, S: Stored> Saved for States<K, V, S> {
    fn layout() -> String {
        Self::layout_with(&<InStates<V>>::layout_with(&layout::of::<S>()))
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        self.table.write(parts)
    }

    fn shrink(&mut self) {
        self.table.shrink();
    }
}

impl<K: KeptKey, V: Stored, S: Stored> Restored for States<K, V, S> {
    type Key = K;
    type Value = Known<V, S>;

    fn layout_with(value: &str) -> String {
        <Keyed<K, Known<V, S>>>::layout_with(value)
    }

    fn with(entries: Vec<(K, Known<V, S>)>) -> Self {
        States {
            table: Keyed::with(entries),
        }
    }
}
