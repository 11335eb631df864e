//! Brings the state of every key up to date when an interval ends.

use std::convert::Infallible;

use super::make::{restored_since, restored_state};
use super::merge::merged;
use super::sides::Values;
use crate::state::{
    InStates, KeptKey, Known, LeadingTo, Mailbox, Migrations, Moved, Place, RecordPlace, States,
    Stored, Unsettled,
};
use crate::worker::{Outcome, Worker};

/// What a worker begins with.
#[diagnostic::on_unimplemented(
    message = "the values or the state of this stage cannot be kept",
    label = "this stage keeps them from interval to interval, and saves them in checkpoints",
    note = "state is saved in checkpoints, and moves between threads: it derives `serde::Serialize` and `serde::Deserialize`, and is `Send`",
    note = "and it outlives the records: a text is kept with `.to_owned()`, a struct has `String` in place of `&str`; keys may stay borrowed"
)]
pub trait StatesOf<V, S>: Sized {
    /// What the checkpoint holds for it.
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self>;

    /// The same where former versions of the state are migrated.
    fn make_since<M: Migrations>(
        worker: &mut Worker<'_>,
        stage: usize,
        migrations: &LeadingTo<M, S>,
    ) -> Outcome<Self>;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, V: Stored, S: Stored> StatesOf<V, S> for States<K, V, S> {
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
        restored_state::<Self, InStates<V>>(worker, stage)
    }

    fn make_since<M: Migrations>(
        worker: &mut Worker<'_>,
        stage: usize,
        migrations: &LeadingTo<M, S>,
    ) -> Outcome<Self> {
        restored_since::<Self, InStates<V>, S>(worker, stage, migrations)
    }
}

/// Adds a value to those that the open interval has brought for a key.
#[inline]
pub fn add_value<K, V, S>(place: Place<'_, K, Known<V, S>>, at: RecordPlace, value: V) {
    crate::state::add_value(place, at, value);
}

/// Brings equal keys together on one worker, and what is known of each up to date.
pub fn update<K: KeptKey, V, S>(
    worker: &Worker<'_>,
    exchange: &Mailbox<Moved<K, Known<V, S>>>,
    states: &mut States<K, V, S>,
    function: impl FnMut(Vec<V>, Option<S>) -> Option<S>,
) -> Outcome {
    let merged = merged(worker, exchange, &mut states.table, |known, other| {
        known.append(other);
        Ok::<(), Infallible>(())
    })?;
    let Ok(()) = merged.map_err(|Unsettled { cause, .. }| match cause {});
    states.update(function);
    Ok(())
}

/// States that stay, while copies of them go on.
#[diagnostic::on_unimplemented(
    message = "a `{S}` cannot be copied, and the state of a key is kept while it goes on",
    label = "the state of every key leaves this stage at the end of each interval",
    note = "derive `Clone` for `{S}`"
)]
pub trait Lasting<S> {
    /// What states are kept under.
    type Key: KeptKey;

    /// The state of every key.
    fn states(&self) -> impl Iterator<Item = (&Self::Key, S)>;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, V, S: Clone> Lasting<S> for States<K, V, S> {
    type Key = K;

    fn states(&self) -> impl Iterator<Item = (&K, S)> {
        self.states().map(|(key, state)| (key, state.clone()))
    }
}

/// The values, to be looked at.
pub fn values_of<K, V, S>(_states: &States<K, V, S>) -> Values<V> {
    Values::new()
}
