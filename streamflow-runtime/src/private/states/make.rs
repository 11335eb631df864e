//! Makes state when a worker begins, from its checkpoint where there is one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::event::{OfKeys, OfOne};
use super::unfit;
use crate::panics::{self, Caught};
use crate::run::Kept;
use crate::state::{
    Around, Bare, First, Former, Gathered, Held, InEventWindows, InHeld, InRows, InSessions,
    InSliding, InWindows, KeptKey, Keyed, LeadingTo, Mailbox, Migrations, Restored, RowWindows,
    RowsState, Sessions, Single, SingleWindow, SlidingWindows, Stored, Then, Unread, Windows,
    entries, migrated, owner_of_group,
};
use crate::worker::{Outcome, Worker};

/// Where workers leave entries for each other.
pub fn exchange<T>() -> Mailbox<T> {
    Mailbox::default()
}

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident {
        $([$($key:ident: $bound:ident)?] $state:ty, $around:ty;)*
    })*) => {$(
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

        $(states! { made: [$($key: $bound)?] $name, $state, $around })*
    )*};
    (made: [$($key:ident: $bound:ident)?] $name:ident, $state:ty, $around:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($key: $bound,)? V: Stored> $name<V> for $state {
            fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
                restored_state::<Self, $around>(worker, stage)
            }

            fn make_since<M: Migrations>(
                worker: &mut Worker<'_>,
                stage: usize,
                migrations: &LeadingTo<M, V>,
            ) -> Outcome<Self> {
                restored_since::<Self, $around, V>(worker, stage, migrations)
            }
        }
    };
}

states! {
    /// State of values that a sign combines.
    StateOf {
        [K: KeptKey] Keyed<K, V>, Bare;
        [] Single<V>, Bare;
        [K: KeptKey] Windows<K, V>, InWindows;
        [] SingleWindow<V>, InWindows;
        [K: KeptKey] OfKeys<K, V>, InEventWindows;
        [] OfOne<V>, InEventWindows;
        [K: KeptKey] Sessions<K, V>, InSessions;
        [K: KeptKey] RowWindows<K, V>, InRows;
        [K: KeptKey] SlidingWindows<K, V>, InSliding;
    }
    /// State of values that a closure combines.
    HeldStateOf {
        [K: KeptKey] Keyed<K, Held<V>>, InHeld<Bare>;
        [] Single<Held<V>>, InHeld<Bare>;
        [K: KeptKey] Windows<K, Held<V>>, InHeld<InWindows>;
        [] SingleWindow<Held<V>>, InHeld<InWindows>;
        [K: KeptKey] OfKeys<K, Held<V>>, InHeld<InEventWindows>;
        [] OfOne<Held<V>>, InHeld<InEventWindows>;
        [K: KeptKey] Sessions<K, Held<V>>, InHeld<InSessions>;
        [K: KeptKey] RowWindows<K, Held<V>>, InHeld<InRows>;
        [K: KeptKey] SlidingWindows<K, Held<V>>, InHeld<InSliding>;
    }
}

/// Rows that wait for the end of their interval.
pub fn rows_state(worker: &mut Worker<'_>, stage: usize) -> Outcome<RowsState> {
    restored_state::<RowsState, Bare>(worker, stage)
}

/// Items that wait for the end of their interval.
pub(in crate::private) fn gathered_state<W, X: Stored>(
    worker: &mut Worker<'_>,
    stage: usize,
) -> Outcome<Gathered<W, X>> {
    restored_state::<Gathered<W, X>, Bare>(worker, stage)
}

/// The first migration: `migrate v1 -> v2 (|old: u64| …)`.
pub fn migration<Old, New, F: Fn(Old) -> New>(from: u32, change: F) -> First<Old, New, F> {
    First::new(from, change)
}

/// A migration behind those of older versions. What they give is what it takes, by
/// `Becomes::become_it`: named where the migration stands, so that what does not fit is reported there.
pub fn then<Before: Migrations, Old, New, F: Fn(Old) -> New>(
    before: Before,
    from: u32,
    change: F,
    given_is_old: fn(Before::Given) -> Old,
) -> Then<Before, Old, New, F> {
    Then::new(before, from, change, given_is_old)
}

/// The end of the migrations of a state: what they give is what its stage keeps, by
/// `Becomes::become_it`.
pub fn leading_to<M: Migrations, V>(
    migrations: M,
    given_is_kept: fn(M::Given) -> V,
) -> LeadingTo<M, V> {
    LeadingTo::new(migrations, given_is_kept)
}

/// State of a stage whose former versions are not migrated; `A` tells where its values are.
pub(in crate::private) fn restored_state<S: Restored, A: Around>(
    worker: &mut Worker<'_>,
    stage: usize,
) -> Outcome<S> {
    restored(worker, stage, Some(around::<S, A>), |_| {
        Err(Unread::NoMigration)
    })
}

/// The same where they are migrated.
pub(in crate::private) fn restored_since<S, A: Around, V: Stored>(
    worker: &mut Worker<'_>,
    stage: usize,
    migrations: &LeadingTo<impl Migrations, V>,
) -> Outcome<S>
where
    S: Restored<Value = A::Of<V>>,
{
    restored(worker, stage, Some(around::<S, A>), |former| {
        migrated::<S::Key, A, V>(former, migrations)
    })
}

/// State of a stage that is not migrated: what two streams have brought.
pub(in crate::private) fn restored_as_it_is<S: Restored>(
    worker: &mut Worker<'_>,
    stage: usize,
) -> Outcome<S> {
    restored(worker, stage, None, |_| Err(Unread::NoMigration))
}

/// The layout of state with values of this layout.
fn around<S: Restored, A: Around>(value: &str) -> String {
    S::layout_with(&A::layout_with(value))
}

/// What the checkpoint holds for this worker, whatever the number of workers that wrote it: the key
/// groups that it owns. Other parts are dealt in turn; merging brings equal keys together again.
fn restored<S: Restored>(
    worker: &mut Worker<'_>,
    stage: usize,
    layout_with: Option<fn(&str) -> String>,
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
    let windowed = |layout| worker.run().windowed(stage, layout);
    let read = if then == *now {
        entries(&parts).map_err(|cause| unfit::damaged(&image.name, cause))
    } else if unfit::can_be_migrated(&then, now) {
        let former = Former {
            version: then.version,
            layout: &then.layout,
            layout_with: &|value| windowed(S::layout_with(value)),
            parts: &parts,
        };
        match caught(|| migrate(&former)) {
            Ok(read) => read.map_err(|unread| unfit::former(&image.name, &then, now, unread)),
            Err(panic) => Err(unfit::panicked(&image.name, &then, &panic)),
        }
    } else {
        let layout_with =
            layout_with.map(|layout_with| move |value: &str| windowed(layout_with(value)));
        Err(unfit::state(&image.name, &then, now, layout_with))
    };
    Ok(S::with(read?))
}

/// A closure of the user's that panics is reported as such.
fn caught<R>(migrate: impl FnOnce() -> R) -> Result<R, Caught> {
    let _kept = panics::caught_here();
    catch_unwind(AssertUnwindSafe(migrate)).map_err(|payload| panics::last_here(&*payload))
}
