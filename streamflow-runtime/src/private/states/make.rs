//! Makes state when a worker begins, from its checkpoint where there is one.

use super::unfit;
use crate::run::Kept;
use crate::state::{
    Becomes, EventWindows, First, Former, Gathered, Held, KeptKey, Keyed, LeadingTo, Mailbox,
    Migrations, Restored, RowsState, Single, SingleWindow, Stored, Then, Unread, Windows, entries,
    owner_of_group,
};
use crate::worker::{Outcome, Worker};

/// Where workers leave entries for each other.
pub fn exchange<T>() -> Mailbox<T> {
    Mailbox::default()
}

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident, $held:expr, $keyed:ty, $single:ty, $windows:ty, $window:ty, $event:ty, $event_one:ty;)*) => {$(
        $(#[$doc])*
        #[diagnostic::on_unimplemented(
            message = "a `{V}` cannot be kept as state",
            label = "this stage would keep a `{V}` after its batch is gone, and save it in checkpoints",
            note = "state is saved in checkpoints, and moves between threads: it derives `serde::Serialize` and `serde::Deserialize`, and is `Send`",
            note = "and it outlives the records: a text is kept with `.to_owned()`, a struct has `String` in place of `&str`; keys may stay borrowed"
        )]
        pub trait $name<V>: Sized {
            /// What a worker begins with: what the checkpoint holds for it.
            fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self>;

            /// The same where former versions are migrated.
            fn make_since<M: Migrations>(
                worker: &mut Worker<'_>,
                stage: usize,
                migrations: &LeadingTo<M, V>,
            ) -> Outcome<Self>;
        }

        states! { made: [K: KeptKey,] $name, $keyed, $held }
        states! { made: [] $name, $single, $held }
        states! { windows: [K: KeptKey,] $name, $windows }
        states! { windows: [] $name, $window }
        states! { windows: [K: KeptKey,] $name, $event }
        states! { windows: [] $name, $event_one }
    )*};
    (windows: [$($key:ident: $bound:ident,)?] $name:ident, $state:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($key: $bound,)? V: Stored> $name<V> for $state {
            fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
                restored(worker, stage, |_| Err(Unread::NoMigration))
            }

            fn make_since<M: Migrations>(
                worker: &mut Worker<'_>,
                stage: usize,
                migrations: &LeadingTo<M, V>,
            ) -> Outcome<Self> {
                // What the migrations lead to has been checked; windows are not migrated yet.
                let _ = migrations;
                restored(worker, stage, |_| Err(Unread::NoMigration))
            }
        }
    };
    (made: [$($key:ident: $bound:ident,)?] $name:ident, $state:ty, $held:expr) => {
        #[diagnostic::do_not_recommend]
        impl<$($key: $bound,)? V: Stored> $name<V> for $state {
            fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
                restored(worker, stage, |_| Err(Unread::NoMigration))
            }

            fn make_since<M: Migrations>(
                worker: &mut Worker<'_>,
                stage: usize,
                migrations: &LeadingTo<M, V>,
            ) -> Outcome<Self> {
                restored(worker, stage, |former| Ok($held(migrations.read(former)?)))
            }
        }
    };
}

states! {
    /// State of values that a sign combines.
    StateOf, std::convert::identity, Keyed<K, V>, Single<V>, Windows<K, V>, SingleWindow<V>,
    EventWindows<Keyed<K, V>, Windows<K, V>>, EventWindows<Single<V>, SingleWindow<V>>;
    /// State of values that a closure combines.
    HeldStateOf, held, Keyed<K, Held<V>>, Single<Held<V>>, Windows<K, Held<V>>, SingleWindow<Held<V>>,
    EventWindows<Keyed<K, Held<V>>, Windows<K, Held<V>>>, EventWindows<Single<Held<V>>, SingleWindow<Held<V>>>;
}

/// Rows that wait for the end of their interval.
pub fn rows_state(worker: &mut Worker<'_>, stage: usize) -> Outcome<RowsState> {
    restored(worker, stage, |_| Err(Unread::NoMigration))
}

/// Items that wait for the end of their interval.
pub(in crate::private) fn gathered_state<W, X: Stored>(
    worker: &mut Worker<'_>,
    stage: usize,
) -> Outcome<Gathered<W, X>> {
    restored(worker, stage, |_| Err(Unread::NoMigration))
}

/// The first migration: `migrate v1 -> v2 (|old: u64| …)`.
pub fn migration<Old, New, F: Fn(Old) -> New>(from: u32, change: F) -> First<Old, New, F> {
    First::new(from, change)
}

/// A migration behind those of older versions.
pub fn then<Before: Migrations, Old, New, F: Fn(Old) -> New>(
    before: Before,
    from: u32,
    change: F,
) -> Then<Before, Old, New, F>
where
    Before::Given: Becomes<Old>,
{
    Then::new(before, from, change)
}

/// The end of the migrations of a state: what its stage keeps.
pub fn leading_to<M: Migrations, V>(migrations: M) -> LeadingTo<M, V>
where
    M::Given: Becomes<V>,
{
    LeadingTo::new(migrations)
}

fn held<K, V>(entries: Vec<(K, V)>) -> Vec<(K, Held<V>)> {
    let entries = entries.into_iter();
    entries
        .map(|(key, value)| (key, Held::new(value)))
        .collect()
}

/// State of a stage whose former versions are not migrated.
pub(in crate::private) fn restored_state<S: Restored>(
    worker: &mut Worker<'_>,
    stage: usize,
) -> Outcome<S> {
    restored(worker, stage, |_| Err(Unread::NoMigration))
}

/// What the checkpoint holds for this worker, whatever the number of workers that wrote it: the key
/// groups that it owns. Other parts are dealt in turn; merging brings equal keys together again.
pub(in crate::private) fn restored<S: Restored>(
    worker: &mut Worker<'_>,
    stage: usize,
    migrate: impl FnOnce(&Former<'_>) -> Result<Vec<(S::Key, S::Value)>, Unread>,
) -> Outcome<S> {
    worker.describe_state(stage, S::layout);
    let Some(image) = worker.run().restored_state(stage) else {
        return Ok(S::default());
    };
    let (index, workers) = (worker.index(), worker.workers());
    let (labelled, others): (Vec<_>, Vec<_>) =
        image.parts.iter().partition(|part| part.group.is_some());
    let owned = labelled.into_iter().filter(|part| {
        let group = part.group;
        group.is_some_and(|group| owner_of_group(group, workers) == index)
    });
    let dealt = others.into_iter().skip(index).step_by(workers);
    let parts: Vec<&[u8]> = owned.chain(dealt).map(|part| &*part.bytes).collect();
    let (then, now) = (
        Kept::read(&image.name, &image.layout),
        worker.run().kept(stage, S::layout),
    );
    let read = if then == *now {
        entries(&parts).map_err(|cause| unfit::damaged(&image.name, cause))
    } else if then.place.is_some() || now.place.is_some() || then.version >= now.version {
        Err(unfit::state(&image.name, &then, now, S::layout_with))
    } else {
        let former = Former {
            version: then.version,
            layout: &then.layout,
            layout_with: S::layout_with,
            parts: &parts,
        };
        migrate(&former).map_err(|unread| unfit::former(&image.name, &then, now, unread))
    };
    Ok(S::with(read?))
}
