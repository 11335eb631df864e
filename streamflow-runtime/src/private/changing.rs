//! Windows whose results leave with each item: `reduce_by_key(+) over tumbling 1m emit changes`. They
//! work as all stages do that take a key's items in their order.

use std::convert::Infallible;

use crate::failure::Failure;
use crate::plan::{EventWindow, Role};
use crate::private::states::{came_late, overflow_of, restored_since, restored_state};
use crate::round::Round;
use crate::state::{
    BySession, ByWindow, Grid, InSessionsOfChanges, InWindowsOfChanges, KeptKey, Lane, LeadingTo,
    Migrations, Overflow, Owned, SessionsOfChanges, Slot, Stored, WindowsOfChanges,
    slot_in_session, slot_in_window,
};
use crate::worker::{Outcome, Worker};

/// State of values that are kept for each key and window by the worker that owns the key.
#[diagnostic::on_unimplemented(
    message = "a `{S}` cannot be kept as state",
    label = "this stage would keep a `{S}` after its batch is gone, and save it in checkpoints",
    note = "state is saved in checkpoints, and moves between threads: it derives `serde::Serialize` and `serde::Deserialize`, and is `Send`",
    note = "and it outlives the records: a text is kept with `.to_owned()`, a struct has `String` in place of `&str`; keys may stay borrowed"
)]
pub trait StateInWindows<S>: Sized {
    /// What a worker begins with: what the checkpoint holds for it.
    fn in_windows(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self>;

    /// The same where former versions are migrated.
    fn in_windows_since<M: Migrations>(
        worker: &mut Worker<'_>,
        stage: usize,
        migrations: &LeadingTo<M, S>,
    ) -> Outcome<Self>;
}

macro_rules! state_in_windows {
    ($($windows:ident, $around:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<K: KeptKey, S: Stored> StateInWindows<S> for Owned<K, $windows<S>> {
            fn in_windows(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
                restored_state::<Self, $around>(worker, stage)
            }

            fn in_windows_since<M: Migrations>(
                worker: &mut Worker<'_>,
                stage: usize,
                migrations: &LeadingTo<M, S>,
            ) -> Outcome<Self> {
                restored_since::<Self, $around, S>(worker, stage, migrations)
            }
        }
    )*};
}

state_in_windows! {
    ByWindow, InWindowsOfChanges;
    BySession, InSessionsOfChanges;
}

/// A result of an open window, or a value that is in several of them. Both are reported by one trait, as
/// they are often of one type.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be in windows that give changes, as it cannot be copied",
    label = "each item gives the new results of its windows, and these go on",
    note = "derive `Clone` for `{Self}`, or take the results when windows end: take `emit changes` away"
)]
pub trait InOpenWindows {
    /// The same once more.
    #[must_use]
    fn again(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<V: Clone> InOpenWindows for V {
    #[inline]
    fn again(&self) -> V {
        self.clone()
    }
}

fn by_event_time(worker: &Worker<'_>, stage: usize) -> Option<EventWindow> {
    match worker.run().plan.stages.get(stage)?.role {
        Role::Aggregate { event, .. } => event,
        _ => None,
    }
}

fn reached_ms(worker: &Worker<'_>, event: EventWindow) -> i64 {
    worker.run().watermarks.reached_ms(event.times)
}

/// The windows of a stage, which begin where time is.
pub fn windows_of_changes(worker: &Worker<'_>, stage: usize) -> WindowsOfChanges {
    let stages = worker.run().plan.stages;
    let (every_ms, steps) = match stages.get(stage).map(|stage| stage.role) {
        Some(Role::Aggregate {
            every_ms, steps, ..
        }) => (every_ms, steps),
        _ => (1, None),
    };
    match by_event_time(worker, stage) {
        Some(event) => {
            let grid = Grid::of_event_time(every_ms, steps);
            WindowsOfChanges::new(grid, event.delay_ms(), reached_ms(worker, event))
        }
        None => WindowsOfChanges::new(Grid::of_the_clock(every_ms, steps), 0, i64::MIN),
    }
}

/// The time of what comes with the batch at hand, by the clock.
#[inline]
pub fn read_with<K: KeptKey, C>(worker: &Worker<'_>, lane: &mut Lane<K, C>) -> i64 {
    lane.read_at_ms(|| worker.run().clock.now_ms())
}

/// The time of what a round brings, by the clock: the last moment of the interval that it ends.
pub fn brought_in(round: &Round) -> i64 {
    round.time_ms.saturating_sub(1)
}

/// The ends of the open windows that have a time. An item that is late for all of them is counted.
#[inline]
pub fn open_windows<'w>(
    worker: &Worker<'_>,
    stage: usize,
    windows: &'w mut WindowsOfChanges,
    time_ms: i64,
) -> std::iter::Copied<std::slice::Iter<'w, i64>> {
    let ends = windows.open_at(time_ms).unwrap_or_else(|| {
        came_late(worker, stage);
        &[]
    });
    ends.iter().copied()
}

/// The end of the window that has a time, where no time is in two.
#[inline]
pub fn open_window(
    worker: &Worker<'_>,
    stage: usize,
    windows: &mut WindowsOfChanges,
    time_ms: i64,
) -> Option<i64> {
    open_windows(worker, stage, windows, time_ms).next()
}

/// What is kept of the key at hand in a window.
#[inline]
pub fn running_in<'s, K: KeptKey, S>(
    state: &'s mut Owned<K, ByWindow<S>>,
    key: &K,
    end_ms: i64,
) -> Slot<'s, K, S> {
    slot_in_window(state, key, end_ms)
}

/// The time of a window's results: its last moment.
#[inline]
pub fn time_of_window(end_ms: i64) -> i64 {
    end_ms.saturating_sub(1)
}

/// Closes the windows that time has passed, when the items of a round have been worked on: an item is
/// late by the watermark of the round before.
pub fn close_windows<K: KeptKey, S>(
    worker: &Worker<'_>,
    stage: usize,
    round: &Round,
    windows: &mut WindowsOfChanges,
    state: &mut Owned<K, ByWindow<S>>,
) {
    let reached_ms = match by_event_time(worker, stage) {
        Some(event) => reached_ms(worker, event),
        None => round.time_ms,
    };
    windows.close(reached_ms, state);
}

/// The sessions of a stage, which begin where time is.
pub fn sessions_of_changes(worker: &Worker<'_>, stage: usize) -> SessionsOfChanges {
    let gap_ms = match worker.run().plan.stages.get(stage).map(|stage| stage.role) {
        Some(Role::Aggregate { every_ms, .. }) => i64::try_from(every_ms).unwrap_or(i64::MAX),
        _ => 1,
    };
    match by_event_time(worker, stage) {
        Some(event) => SessionsOfChanges::new(gap_ms, event.delay_ms(), reached_ms(worker, event)),
        None => SessionsOfChanges::new(gap_ms, 0, i64::MIN),
    }
}

/// The end of the session that an item belongs to, with all that it brings together. An item that is late
/// is counted.
pub fn open_session<K: KeptKey, S>(
    worker: &mut Worker<'_>,
    stage: usize,
    sessions: &SessionsOfChanges,
    (state, key): (&mut Owned<K, BySession<S>>, &K),
    time_ms: i64,
    sign: impl FnMut(&mut S, S) -> Result<(), Overflow>,
) -> Outcome<Option<i64>> {
    let mut sign = sign;
    let opened = sessions.open(
        state,
        key,
        time_ms,
        |all: &mut Option<S>, other| match all {
            Some(all) => sign(all, other),
            none => {
                *none = Some(other);
                Ok(())
            }
        },
    );
    match opened {
        Ok(None) => {
            came_late(worker, stage);
            Ok(None)
        }
        Ok(end_ms) => Ok(end_ms),
        Err(overflow) => {
            worker.fail_merge(stage, Failure::refused(overflow_of(key, overflow)))?;
            Ok(None)
        }
    }
}

/// The same for values that a closure combines.
pub fn open_session_with<K: KeptKey, S>(
    worker: &mut Worker<'_>,
    stage: usize,
    sessions: &SessionsOfChanges,
    (state, key): (&mut Owned<K, BySession<S>>, &K),
    time_ms: i64,
    mut function: impl FnMut(S, S) -> S,
) -> Outcome<Option<i64>> {
    let Ok(end_ms) = sessions.open(state, key, time_ms, |all: &mut Option<S>, other| {
        *all = match all.take() {
            Some(all) => Some(function(all, other)),
            None => Some(other),
        };
        Ok::<(), Infallible>(())
    });
    if end_ms.is_none() {
        came_late(worker, stage);
    }
    Ok(end_ms)
}

/// What is kept of the key at hand in a session.
#[inline]
pub fn running_in_session<'s, K: KeptKey, S>(
    state: &'s mut Owned<K, BySession<S>>,
    key: &K,
    end_ms: i64,
) -> Slot<'s, K, S> {
    slot_in_session(state, key, end_ms)
}

/// Closes the sessions that time has passed, when the items of a round have been worked on.
pub fn close_sessions<K: KeptKey, S>(
    worker: &Worker<'_>,
    stage: usize,
    round: &Round,
    sessions: &mut SessionsOfChanges,
    state: &mut Owned<K, BySession<S>>,
) {
    let reached_ms = match by_event_time(worker, stage) {
        Some(event) => reached_ms(worker, event),
        None => round.time_ms,
    };
    sessions.close(reached_ms, state);
}

/// Looks at the function that would bring two workers' results together, as `never_merged` does.
pub fn never_merged_in_windows<K, A>(_state: &Owned<K, ByWindow<A>>, _merge: impl Fn(A, A) -> A) {}

/// The same of sessions.
pub fn never_merged_in_sessions<K, A>(_state: &Owned<K, BySession<A>>, _merge: impl Fn(A, A) -> A) {
}
