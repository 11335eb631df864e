//! Makes state when a worker begins, from its checkpoint where there is one.

use std::convert;

use super::unfit;
use crate::run::Kept;
use crate::state::{
    Former, Held, KeptKey, Keyed, Mailbox, Migrations, Now, OfHeld, Restored, RowsState, Since,
    Single, Stored, entries,
};
use crate::worker::{Outcome, Worker};

/// Where workers leave entries for each other.
pub fn exchange<T>() -> Mailbox<T> {
    Mailbox::default()
}

macro_rules! states {
    ($($(#[$doc:meta])* $make:ident $make_since:ident [$($key:ident: $bound:ident)?] -> $state:ty, $of:expr;)*) => {$(
        $(#[$doc])*
        pub fn $make<$($key: $bound,)? V: Stored>(
            worker: &mut Worker<'_>,
            stage: usize,
        ) -> Outcome<$state> {
            restored(worker, stage, &Now)
        }

        /// The same where former versions are migrated.
        pub fn $make_since<$($key: $bound,)? V: Stored>(
            worker: &mut Worker<'_>,
            stage: usize,
            migrations: impl Migrations<V>,
        ) -> Outcome<$state> {
            restored(worker, stage, &$of(migrations))
        }
    )*};
}

states! {
    /// State with keys, and values that a sign combines.
    keyed_state keyed_state_since [K: KeptKey] -> Keyed<K, V>, convert::identity;
    /// State with keys, and values that a closure combines.
    held_keyed_state held_keyed_state_since [K: KeptKey] -> Keyed<K, Held<V>>, OfHeld;
    /// State of one value that a sign combines.
    single_state single_state_since [] -> Single<V>, convert::identity;
    /// State of one value that a closure combines.
    held_state held_state_since [] -> Single<Held<V>>, OfHeld;
}

/// Rows that wait for the end of their interval.
pub fn rows_state(worker: &mut Worker<'_>, stage: usize) -> Outcome<RowsState> {
    restored(worker, stage, &Now)
}

/// A migration behind those of older versions: `migrate v1 -> v2 (|old: u64| …)`.
pub fn since<Before, Old, V, F: Fn(Old) -> V>(
    before: Before,
    from: u32,
    change: F,
) -> Since<Before, Old, F> {
    Since::new(before, from, change)
}

/// What the checkpoint holds for this worker. The parts are dealt in turn, whatever the number of
/// workers that wrote them: merging brings equal keys together again.
fn restored<S: Restored>(
    worker: &mut Worker<'_>,
    stage: usize,
    migrations: &impl Migrations<S::Value>,
) -> Outcome<S> {
    worker.describe_state(stage, S::layout);
    let Some(image) = worker.run().restored_state(stage) else {
        return Ok(S::default());
    };
    let parts: Vec<&[u8]> = image
        .parts
        .iter()
        .skip(worker.index())
        .step_by(worker.workers())
        .map(Vec::as_slice)
        .collect();
    let (then, now) = (
        Kept::read(&image.layout),
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
        migrations
            .read(&former)
            .map_err(|unread| unfit::former(&image.name, &then, now, unread))
    };
    Ok(S::with(read?))
}
