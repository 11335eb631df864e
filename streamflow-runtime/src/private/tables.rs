//! Tables, and the joins that look into them: what comes for a table and what comes for a join goes to
//! the worker that owns its key; in each round the table is brought up to date first.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use super::sources::Never;
use crate::plan::{AsOf, Role, Timed};
use crate::private::states::{SavedValues, restored_since, restored_state};
use crate::round::Round;
use crate::state::{
    Age, At, InVersions, InWaiting, KeptKey, Key, LeadingTo, Migrations, Owned, Stored, Versions,
    Waiting,
};
use crate::worker::{Outcome, Worker};

/// A key by which items and a table meet.
///
/// What the keys of the table are kept as is `K`: those of the items are alike, or nothing would ever
/// meet.
#[diagnostic::on_unimplemented(
    message = "items meet a table where their keys are equal, and here they cannot be: the keys of \
               one are `{Self}`",
    label = "the keys of the items and of the table are of different types, or cannot be keys",
    note = "make them alike in front, as in `key_by(|item| item.user_id)`, or \
            `map(|(key, value)| (key.to_string(), value))`",
    note = "keys are strings, bytes, whole numbers, `bool`, `char`, and tuples or `Option`s of them; \
            for a type of your own: `#[derive(streamflow::Key)]`"
)]
pub trait TableKey<K>: Sized {
    /// The owned form of the key.
    fn keep_for<S>(table: &Owned<K, S>, key: Self) -> K;
}

#[diagnostic::do_not_recommend]
impl<Q: Key<Kept = K>, K: KeptKey> TableKey<K> for Q {
    #[inline]
    fn keep_for<S>(_table: &Owned<K, S>, key: Q) -> K {
        key.keep()
    }
}

/// No key is kept as this: with a second impl in sight, the compiler compares the keys of both sides
/// before it says what they are.
#[derive(Debug)]
pub struct NoTableKey;

#[diagnostic::do_not_recommend]
impl<Q: Never> TableKey<NoTableKey> for Q {
    fn keep_for<S>(_table: &Owned<NoTableKey, S>, _key: Q) -> NoTableKey {
        NoTableKey
    }
}

/// What a worker begins a table with.
#[diagnostic::on_unimplemented(
    message = "a `{V}` cannot be kept as state",
    label = "this stage would keep a `{V}` after its batch is gone, and save it in checkpoints",
    note = "state is saved in checkpoints, and moves between threads: it derives `serde::Serialize` and `serde::Deserialize`, and is `Send`",
    note = "and it outlives the records: a text is kept with `.to_owned()`, a struct has `String` in place of `&str`; keys may stay borrowed"
)]
pub trait TableOf<V>: Sized {
    /// What the checkpoint holds for it.
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self>;

    /// The same where former versions are migrated.
    fn make_since<M: Migrations>(
        worker: &mut Worker<'_>,
        stage: usize,
        migrations: &LeadingTo<M, V>,
    ) -> Outcome<Self>;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, V: Stored> TableOf<V> for Owned<K, V> {
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
        restored_state::<Self, Age>(worker, stage)
    }

    fn make_since<M: Migrations>(
        worker: &mut Worker<'_>,
        stage: usize,
        migrations: &LeadingTo<M, V>,
    ) -> Outcome<Self> {
        restored_since::<Self, Age, V>(worker, stage, migrations)
    }
}

/// The same where it keeps the versions of each key.
#[diagnostic::on_unimplemented(
    message = "a `{V}` cannot be kept as state",
    label = "this stage would keep a `{V}` after its batch is gone, and save it in checkpoints",
    note = "state is saved in checkpoints, and moves between threads: it derives `serde::Serialize` and `serde::Deserialize`, and is `Send`",
    note = "and it outlives the records: a text is kept with `.to_owned()`, a struct has `String` in place of `&str`; keys may stay borrowed"
)]
pub trait VersionsOf<V>: Sized {
    /// What the checkpoint holds for it.
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self>;

    /// The same where former versions are migrated.
    fn make_since<M: Migrations>(
        worker: &mut Worker<'_>,
        stage: usize,
        migrations: &LeadingTo<M, V>,
    ) -> Outcome<Self>;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, V: Stored> VersionsOf<V> for Owned<K, Versions<V>> {
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
        restored_state::<Self, InVersions>(worker, stage)
    }

    fn make_since<M: Migrations>(
        worker: &mut Worker<'_>,
        stage: usize,
        migrations: &LeadingTo<M, V>,
    ) -> Outcome<Self> {
        restored_since::<Self, InVersions, V>(worker, stage, migrations)
    }
}

/// The values of a table, to be looked at.
pub fn values_of_table<K, V>(_table: &Owned<K, V>) -> SavedValues<V> {
    SavedValues(PhantomData)
}

/// The same of a table with versions.
pub fn values_of_versions<K, V>(_table: &Owned<K, Versions<V>>) -> SavedValues<V> {
    SavedValues(PhantomData)
}

/// The values that wait, to be looked at.
pub fn values_that_wait<K, V>(_waiting: &Waiting<K, V>) -> SavedValues<V> {
    SavedValues(PhantomData)
}

/// What comes for a key of a table.
///
/// `(&&Entry::new(value)).value()` finds out whether it can say that the key is deleted: values that
/// are `Option`s do, with `None`.
pub struct Entry<V>(Cell<Option<V>>);

impl<V> fmt::Debug for Entry<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").finish_non_exhaustive()
    }
}

impl<V> Entry<V> {
    /// What has come.
    #[inline]
    pub fn new(value: V) -> Self {
        Entry(Cell::new(Some(value)))
    }
}

/// Values that are `Option`s.
pub trait EntersOrDeletes<V> {
    /// The value; `None` deletes the key.
    fn value(self) -> Option<V>;
}

impl<V> EntersOrDeletes<V> for &&Entry<Option<V>> {
    #[inline]
    fn value(self) -> Option<V> {
        self.0.take().flatten()
    }
}

/// All other values.
pub trait Enters<V> {
    /// The value.
    fn value(self) -> Option<V>;
}

impl<V> Enters<V> for &Entry<V> {
    #[inline]
    fn value(self) -> Option<V> {
        self.0.take()
    }
}

/// Puts a value in the place of the one before, or deletes the key.
#[inline]
pub fn put_latest<K: KeptKey, V>(
    table: &mut Owned<K, V>,
    round: &Round,
    key: &K,
    value: Option<V>,
) {
    match value {
        Some(value) => *table.slot(key, round.time_ms) = Some(value),
        None => table.remove(key),
    }
}

/// The moment in front of which nobody asks for versions of a table.
#[derive(Debug)]
pub struct Horizon {
    table: usize,
    time_ms: i64,
    /// How many versions have come since all keys were last looked through.
    n_put: usize,
}

/// What a worker begins with: the moment by what a checkpoint has of the watermarks.
pub fn horizon(worker: &Worker<'_>, table: usize) -> Horizon {
    let mut horizon = Horizon {
        table,
        time_ms: i64::MIN,
        n_put: 0,
    };
    horizon.follow(worker);
    horizon
}

impl Horizon {
    fn follow(&mut self, worker: &Worker<'_>) {
        let stages = worker.run().plan.stages.iter();
        let times_ms = stages.filter_map(|stage| match stage.role {
            Role::LookUp {
                table,
                as_of: Some(as_of),
            } if table == self.table => Some(both_reached_ms(worker, as_of)),
            _ => None,
        });
        let time_ms = times_ms.min().unwrap_or(i64::MIN);
        // Not the end of all time: a later run goes on behind what this one has read.
        if time_ms != i64::MAX {
            self.time_ms = self.time_ms.max(time_ms);
        }
    }
}

/// Up to where time is complete on both sides of a join.
fn both_reached_ms(worker: &Worker<'_>, AsOf { table, stream, .. }: AsOf) -> i64 {
    let times: Vec<usize> = table.times.iter().chain(stream.times).copied().collect();
    let times = &times;
    let reached_ms = worker.run().watermarks.reached_ms(times);
    before(reached_ms, table.behind_ms.max(stream.behind_ms))
}

/// A moment that lies so far in front of another. The end of time has nothing behind it.
fn before(reached_ms: i64, behind_ms: u64) -> i64 {
    if reached_ms == i64::MAX {
        return i64::MAX;
    }
    reached_ms.saturating_sub(i64::try_from(behind_ms).unwrap_or(i64::MAX))
}

/// Adds a version of a key, at its own time.
pub fn put_version<K: KeptKey, V>(
    worker: &Worker<'_>,
    horizon: &mut Horizon,
    table: &mut Owned<K, Versions<V>>,
    round: &Round,
    key: &K,
    (time_ms, value): (i64, Option<V>),
) {
    // The end of time is too far in front of the clock.
    let is_wanted = time_ms != i64::MAX && {
        let slot = table.slot(key, round.time_ms);
        let versions = slot.get_or_insert_default();
        versions.put(time_ms, value, horizon.time_ms)
    };
    if is_wanted {
        horizon.n_put += 1;
    } else {
        worker.run().came_late(horizon.table);
    }
}

/// Moves the horizon, when the joins of a round are done; now and then forgets what lies in front of it.
pub fn follow_time<K: KeptKey, V>(
    worker: &Worker<'_>,
    round: &Round,
    horizon: &mut Horizon,
    table: &mut Owned<K, Versions<V>>,
) {
    horizon.follow(worker);
    // Each version that came pays for one key that is looked at; what is saved has nothing of it.
    let is_due = horizon.n_put > 0 && horizon.n_put >= table.len();
    if is_due || round.saves {
        horizon.n_put = 0;
        table.forget(|versions| versions.forget(horizon.time_ms));
    }
}

/// A table whose values can be copied.
#[diagnostic::on_unimplemented(
    message = "a `{V}` cannot be copied, and stays in its table when an item meets it",
    label = "each item that meets it gets one of its own",
    note = "derive `Clone` for `{V}`; `semi_join` and `anti_join` only ask whether the table has a key"
)]
pub trait LooksUp<K, V> {
    /// The latest value of a key.
    fn latest(&self, key: &K, bound: (&Round, Option<u64>)) -> Option<V>;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, V: Clone> LooksUp<K, V> for Owned<K, V> {
    #[inline]
    fn latest(&self, key: &K, bound: (&Round, Option<u64>)) -> Option<V> {
        kept(self, key, bound).cloned()
    }
}

/// The same for a table with versions.
#[diagnostic::on_unimplemented(
    message = "a `{V}` cannot be copied, and stays in its table when an item meets it",
    label = "each item that meets it gets one of its own",
    note = "derive `Clone` for `{V}`; `semi_join` and `anti_join` only ask whether the table has a key"
)]
pub trait LooksUpVersions<K, V> {
    /// The version that is the latest by its time.
    fn newest(&self, key: &K, bound: (&Round, Option<u64>)) -> Option<V>;

    /// The one that holds at a moment.
    fn as_of(
        &self,
        key: &K,
        bound: (&Round, Option<u64>),
        time_ms: i64,
        horizon: &Horizon,
    ) -> Option<V>;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, V: Clone> LooksUpVersions<K, V> for Owned<K, Versions<V>> {
    fn newest(&self, key: &K, bound: (&Round, Option<u64>)) -> Option<V> {
        kept(self, key, bound)?.newest().cloned()
    }

    fn as_of(
        &self,
        key: &K,
        bound: (&Round, Option<u64>),
        time_ms: i64,
        horizon: &Horizon,
    ) -> Option<V> {
        kept(self, key, bound)?
            .at(time_ms, horizon.time_ms)
            .cloned()
    }
}

fn kept<'t, K: KeptKey, S>(
    table: &'t Owned<K, S>,
    key: &K,
    (round, ttl_ms): (&Round, Option<u64>),
) -> Option<&'t S> {
    let ttl_ms = ttl_ms.map(|ttl_ms| i64::try_from(ttl_ms).unwrap_or(i64::MAX));
    table.get(key, round.time_ms, ttl_ms)
}

/// Whether the table has a key.
#[inline]
pub fn has_latest<K: KeptKey, V>(
    table: &Owned<K, V>,
    key: &K,
    bound: (&Round, Option<u64>),
) -> bool {
    kept(table, key, bound).is_some()
}

/// Whether a table with versions has a key.
pub fn has_newest<K: KeptKey, V>(
    table: &Owned<K, Versions<V>>,
    key: &K,
    bound: (&Round, Option<u64>),
) -> bool {
    kept(table, key, bound).is_some_and(|versions| versions.newest().is_some())
}

/// Whether it had the key at a moment.
pub fn has_as_of<K: KeptKey, V>(
    table: &Owned<K, Versions<V>>,
    key: &K,
    bound: (&Round, Option<u64>),
    time_ms: i64,
    horizon: &Horizon,
) -> bool {
    let versions = kept(table, key, bound);
    versions.is_some_and(|versions| versions.at(time_ms, horizon.time_ms).is_some())
}

/// What a worker begins a join with whose items wait for a version.
#[diagnostic::on_unimplemented(
    message = "a `{V}` cannot be kept as state",
    label = "this stage keeps a `{V}` until the table has come so far, and saves it in checkpoints",
    note = "state is saved in checkpoints, and moves between threads: it derives `serde::Serialize` and `serde::Deserialize`, and is `Send`",
    note = "and it outlives the records: a text is kept with `.to_owned()`, a struct has `String` in place of `&str`; keys may stay borrowed"
)]
pub trait WaitingOf<V>: Sized {
    /// What the checkpoint holds for it.
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self>;

    /// The same where former versions are migrated.
    fn make_since<M: Migrations>(
        worker: &mut Worker<'_>,
        stage: usize,
        migrations: &LeadingTo<M, V>,
    ) -> Outcome<Self>;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, V: Stored> WaitingOf<V> for Waiting<K, V> {
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
        restored_state::<Self, InWaiting>(worker, stage)
    }

    fn make_since<M: Migrations>(
        worker: &mut Worker<'_>,
        stage: usize,
        migrations: &LeadingTo<M, V>,
    ) -> Outcome<Self> {
        restored_since::<Self, InWaiting, V>(worker, stage, migrations)
    }
}

/// Lets an item wait for its turn.
pub fn wait<K, V>(
    worker: &Worker<'_>,
    stage: usize,
    waiting: &mut Waiting<K, V>,
    (time_ms, key): (i64, K),
    value: V,
) {
    // The end of time is too far in front of the clock.
    if time_ms == i64::MAX {
        worker.run().came_late(stage);
    } else {
        waiting.push(time_ms, key, value);
    }
}

/// Up to where no versions are to come: items of a time in front of it have their turn.
///
/// A table that has been silent for so long that nobody waits for it is taken for complete up to where
/// the stream is.
pub fn turn_comes_before(worker: &Worker<'_>, stage: usize) -> i64 {
    let run = worker.run();
    let role = run.plan.stages.get(stage).map(|stage| stage.role);
    let Some(Role::LookUp {
        as_of: Some(AsOf { table, stream, .. }),
        ..
    }) = role
    else {
        return i64::MIN;
    };
    let reached_ms = |timed: Timed| before(run.watermarks.reached_ms(timed.times), timed.behind_ms);
    if run.watermarks.are_silent(table.times) {
        reached_ms(table).max(reached_ms(stream))
    } else {
        reached_ms(table)
    }
}

/// The next item whose turn has come, with its time.
#[inline]
pub fn next_turn<K, V>(
    worker: &mut Worker<'_>,
    waiting: &mut Waiting<K, V>,
    end_ms: i64,
) -> Option<(i64, K, V)> {
    let next = waiting.next_before(end_ms)?;
    // Stages behind that go by the order of items go by that of their times.
    worker.arrived(Some(At {
        offset: next.0,
        partition: u32::MAX,
    }));
    Some(next)
}
