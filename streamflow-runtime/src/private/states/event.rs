//! Windows over the records' own time: a record goes to its step, and in a round those windows close
//! that the watermark has passed.

use std::collections::BTreeMap;

use super::add::overflow_of;
use super::merge::Parcels;
use super::windows::{held, restored, single_restored};
use crate::failure::Failure;
use crate::plan::{EventWindow, Role, Steps};
use crate::state::{
    EventWindows, Grid, Held, KeptKey, Keyed, Mailbox, Moved, Overflow, Panes, Single,
    SingleWindow, Unsettled, Windows,
};
use crate::worker::{Outcome, Worker};

/// Windows of keys.
pub type OfKeys<K, V> = EventWindows<Keyed<K, V>, Windows<K, V>>;

/// Windows without keys.
pub type OfOne<V> = EventWindows<Single<V>, SingleWindow<V>>;

fn event_window(worker: &Worker<'_>, stage: usize) -> Option<(u64, Option<Steps>, EventWindow)> {
    match worker.run().plan.stages.get(stage)?.role {
        Role::Aggregate {
            every_ms,
            steps,
            event: Some(event),
            ..
        } => Some((every_ms, steps, event)),
        Role::Aggregate { .. }
        | Role::Ordered { .. }
        | Role::Table { .. }
        | Role::LookUp { .. }
        | Role::EventTime { .. }
        | Role::Source
        | Role::Stateless
        | Role::Sink => None,
    }
}

fn watermark_ms(worker: &Worker<'_>, event: EventWindow) -> i64 {
    worker.run().watermarks.reached_ms(event.times)
}

/// Begins windows where the watermark is.
pub fn begin_windows<T: Default, W>(
    worker: &Worker<'_>,
    stage: usize,
    windows: &mut EventWindows<T, W>,
) {
    if let Some((every_ms, steps, event)) = event_window(worker, stage) {
        let grid = Grid::of_event_time(every_ms, steps);
        windows.begin(grid, event.delay_ms(), watermark_ms(worker, event));
    }
}

/// What is kept for the step of a time; nothing where the record is late.
#[inline]
pub fn step_at<T: Default, W>(windows: &mut EventWindows<T, W>, time_ms: i64) -> Option<&mut T> {
    windows.step_at(time_ms)
}

/// Counts a record that is late.
#[cold]
pub fn came_late(worker: &Worker<'_>, stage: usize) {
    worker.run().came_late(stage);
}

/// Counts a record for which there is no step, if it is late: not one that lies between windows. Returns
/// whether it is.
#[cold]
pub fn is_late<T: Default, W>(
    worker: &Worker<'_>,
    stage: usize,
    windows: &EventWindows<T, W>,
    time_ms: i64,
) -> bool {
    let is_late = !windows.is_in_none(time_ms);
    if is_late {
        came_late(worker, stage);
    }
    is_late
}

/// Puts the values that wait in their places, at the end of a batch.
pub fn settle_steps<K: KeptKey, V>(
    worker: &mut Worker<'_>,
    stage: usize,
    windows: &mut OfKeys<K, V>,
    mut combine: impl FnMut(&mut V, V) -> Result<(), Overflow>,
) {
    for step in windows.open_steps() {
        super::add::settle(worker, stage, step, &mut combine);
    }
}

/// Takes out the steps that the watermark has passed, if it has passed any.
fn ended<T: Default, W>(
    worker: &Worker<'_>,
    stage: usize,
    windows: &mut EventWindows<T, W>,
) -> Option<BTreeMap<i64, T>> {
    let (_, _, event) = event_window(worker, stage)?;
    windows.take_ended(watermark_ms(worker, event))
}

/// Brings equal keys of the steps together that have ended. Returns whether there are any.
pub fn end_steps<K: KeptKey, V: Send>(
    worker: &mut Worker<'_>,
    stage: usize,
    exchange: &Mailbox<(i64, Moved<K, V>)>,
    windows: &mut OfKeys<K, V>,
    mut sign: impl FnMut(&mut V, V) -> Result<(), Overflow>,
) -> Outcome<bool> {
    let Some(ended) = ended(worker, stage, windows) else {
        return Ok(false);
    };
    match brought_together(worker, exchange, windows, ended, &mut sign)? {
        Ok(()) => Ok(true),
        Err(Unsettled { key, cause, .. }) => {
            worker.fail_merge(stage, Failure::refused(overflow_of(&key, cause)))?;
            Ok(true)
        }
    }
}

/// The same for values that a closure combines.
pub fn end_steps_with<K: KeptKey, V: Send>(
    worker: &mut Worker<'_>,
    stage: usize,
    exchange: &Mailbox<(i64, Moved<K, Held<V>>)>,
    windows: &mut OfKeys<K, Held<V>>,
    mut function: impl FnMut(V, V) -> V,
) -> Outcome<bool> {
    let Some(ended) = ended(worker, stage, windows) else {
        return Ok(false);
    };
    let together = brought_together(worker, exchange, windows, ended, held(&mut function))?;
    let Ok(()) = together.map_err(|Unsettled { cause, .. }| match cause {});
    Ok(true)
}

fn brought_together<K: KeptKey, V, E>(
    worker: &Worker<'_>,
    exchange: &Mailbox<(i64, Moved<K, V>)>,
    windows: &mut OfKeys<K, V>,
    ended: BTreeMap<i64, Keyed<K, V>>,
    mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
) -> Outcome<Result<(), Unsettled<K, E>>> {
    let workers = worker.workers();
    let mut parcels = Parcels::new(worker, exchange);
    for (step, mut table) in ended {
        if workers == 1 {
            let restored = table.take_restored().into_iter();
            restored.for_each(|moved| parcels.send(0, (step, moved)));
        } else {
            let foreign = table.take_foreign(worker.index(), workers);
            foreign.for_each(|(owner, moved)| parcels.send(owner, (step, moved)));
        }
        *windows.ending(step) = table;
    }
    for (step, moved) in parcels.received(worker)? {
        if let Err(unsettled) = windows.ending(step).merge(moved, &mut combine) {
            return Ok(Err(unsettled));
        }
    }
    for step in windows.all_ending() {
        if let Err(unsettled) = step.settle(&mut combine) {
            return Ok(Err(unsettled));
        }
    }
    Ok(Ok(()))
}

/// Brings the workers' values of the steps that have ended to the first one. Returns whether there are
/// any.
pub fn end_steps_of_one<V: Send>(
    worker: &mut Worker<'_>,
    stage: usize,
    exchange: &Mailbox<(i64, V)>,
    windows: &mut OfOne<V>,
    mut sign: impl FnMut(&mut V, V) -> Result<(), Overflow>,
) -> Outcome<bool> {
    let Some(ended) = ended(worker, stage, windows) else {
        return Ok(false);
    };
    for (step, value) in gathered(worker, exchange, ended)? {
        if let Err(overflow) = super::add::combine_one(windows.ending(step), value, &mut sign) {
            worker.fail_merge(stage, Failure::refused(overflow))?;
        }
    }
    Ok(true)
}

/// The same for values that a closure combines.
pub fn end_steps_of_one_with<V: Send>(
    worker: &mut Worker<'_>,
    stage: usize,
    exchange: &Mailbox<(i64, Held<V>)>,
    windows: &mut OfOne<Held<V>>,
    mut function: impl FnMut(V, V) -> V,
) -> Outcome<bool> {
    let Some(ended) = ended(worker, stage, windows) else {
        return Ok(false);
    };
    for (step, value) in gathered(worker, exchange, ended)? {
        if let Some(value) = value.into_inner() {
            super::add::combine_one_with(windows.ending(step), value, &mut function);
        }
    }
    Ok(true)
}

fn gathered<V>(
    worker: &Worker<'_>,
    exchange: &Mailbox<(i64, V)>,
    ended: BTreeMap<i64, Single<V>>,
) -> Outcome<Vec<(i64, V)>> {
    let run = worker.run().number;
    let values = ended
        .into_iter()
        .flat_map(|(step, mut single)| single.take_all().map(move |value| (step, value)));
    exchange.post(run, 0, values.collect());
    worker.barrier()?;
    let parcels = exchange.collect(run, worker.index());
    Ok(parcels.into_iter().flatten().collect())
}

/// The next window of one step that has closed; gives the time of its results.
pub fn next_step<T: Default, W>(windows: &mut EventWindows<T, W>) -> Option<i64> {
    windows.next_step()
}

/// Brings what a checkpoint had of closed steps to the owners of the keys, once.
pub fn bring_windows_home<K: KeptKey, V>(
    worker: &Worker<'_>,
    exchange: &Mailbox<Moved<K, Panes<V>>>,
    windows: &mut OfKeys<K, V>,
) -> Outcome {
    if windows.is_to_go_home() {
        restored(worker, exchange, &mut windows.closed)?;
    }
    Ok(())
}

/// The same where there are no keys.
pub fn bring_window_home<V>(
    worker: &Worker<'_>,
    exchange: &Mailbox<Panes<V>>,
    windows: &mut OfOne<V>,
) -> Outcome {
    if windows.is_to_go_home() {
        single_restored(worker, exchange, &mut windows.closed)?;
    }
    Ok(())
}
