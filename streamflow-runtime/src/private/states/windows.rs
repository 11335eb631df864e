//! Ends the step of a window when its trigger fires, and takes the results out.

use std::convert::Infallible;

use super::add::overflow_of;
use super::merge::Parcels;
use crate::failure::Failure;
use crate::plan::Role;
use crate::round::Round;
use crate::state::{
    Ended, Grid, Held, KeptKey, Mailbox, Mean, Moved, Overflow, Panes, SingleWindow, Unsettled,
    Windows,
};
use crate::worker::{Outcome, Worker};

/// A value that is in several windows at once.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be in several windows at once, as it cannot be copied",
    label = "this stage's windows overlap, and each has a result of its own",
    note = "derive `Clone` for `{Self}`, or take windows that follow each other: `over tumbling 1m`"
)]
pub trait InWindows: Clone {}

#[diagnostic::do_not_recommend]
impl<V: Clone> InWindows for V {}

/// What ends in a round, of the windows of a stage by the clock; nothing where no step does.
pub fn ends(round: &Round, worker: &Worker<'_>, stage: usize) -> Option<Ended> {
    match worker.run().plan.stages.get(stage)?.role {
        Role::Aggregate {
            every_ms, steps, ..
        } => Grid::of_the_clock(every_ms, steps).ending_in(round),
        _ => None,
    }
}

/// Brings what a checkpoint had of earlier steps to the owners of the keys.
pub(super) fn restored<K: KeptKey, V>(
    worker: &Worker<'_>,
    exchange: &Mailbox<Moved<K, Panes<V>>>,
    windows: &mut Windows<K, V>,
) -> Outcome {
    let workers = worker.workers();
    let restored = windows.take_restored();
    if workers == 1 {
        for moved in restored {
            windows.restore(moved);
        }
        return Ok(());
    }
    let mut parcels = Parcels::new(worker, exchange);
    for moved in restored {
        parcels.send(moved.owner(workers), moved);
    }
    for moved in parcels.received(worker)? {
        windows.restore(moved);
    }
    Ok(())
}

/// Ends the open step of every key; returns whether a window ends with it.
pub fn close<K: KeptKey, V: InWindows + Send>(
    worker: &mut Worker<'_>,
    stage: usize,
    ended: Ended,
    exchange: &Mailbox<Moved<K, Panes<V>>>,
    windows: &mut Windows<K, V>,
    sign: impl FnMut(&mut V, V) -> Result<(), Overflow>,
) -> Outcome<bool> {
    restored(worker, exchange, windows)?;
    windows
        .end(ended, sign)
        .or_else(|Unsettled { key, cause, .. }| {
            worker.fail_merge(stage, Failure::refused(overflow_of(&key, cause)))?;
            Ok(false)
        })
}

/// The same for values that a closure combines.
pub fn close_with<K: KeptKey, V: InWindows + Send>(
    worker: &mut Worker<'_>,
    ended: Ended,
    exchange: &Mailbox<Moved<K, Panes<Held<V>>>>,
    windows: &mut Windows<K, Held<V>>,
    mut function: impl FnMut(V, V) -> V,
) -> Outcome<bool> {
    restored(worker, exchange, windows)?;
    let closed = windows.end(ended, held(&mut function));
    let Ok(closed) = closed.map_err(|Unsettled { cause, .. }| match cause {});
    Ok(closed)
}

pub(super) fn held<V>(
    function: &mut impl FnMut(V, V) -> V,
) -> impl FnMut(&mut Held<V>, Held<V>) -> Result<(), Infallible> {
    |known, other| {
        if let Some(other) = other.into_inner() {
            known.replace(|before| function(before, other));
        }
        Ok(())
    }
}

/// The results of the windows that have just ended.
pub fn results<K: KeptKey, V: InWindows>(
    windows: &mut Windows<K, V>,
) -> impl Iterator<Item = (&K, V)> + '_ {
    windows.results()
}

/// The same for values that a closure combined.
pub fn results_held<K: KeptKey, V: InWindows>(
    windows: &mut Windows<K, Held<V>>,
) -> impl Iterator<Item = (&K, V)> + '_ {
    let results = windows.results();
    results.filter_map(|(key, held)| Some((key, held.into_inner()?)))
}

pub(super) fn single_restored<V>(
    worker: &Worker<'_>,
    exchange: &Mailbox<Panes<V>>,
    window: &mut SingleWindow<V>,
) -> Outcome {
    let run = worker.run().number;
    exchange.post(run, 0, window.take_restored());
    worker.barrier()?;
    for panes in exchange.collect(run, worker.index()).into_iter().flatten() {
        window.restore(panes);
    }
    Ok(())
}

/// Ends the open step of an aggregate without keys. Where a window ends with it, that window's
/// result, if there is anything in it.
pub fn close_single<V: InWindows + Send>(
    worker: &mut Worker<'_>,
    stage: usize,
    ended: Ended,
    exchange: &Mailbox<Panes<V>>,
    window: &mut SingleWindow<V>,
    sign: impl FnMut(&mut V, V) -> Result<(), Overflow>,
) -> Outcome<Option<Option<V>>> {
    single_restored(worker, exchange, window)?;
    match window.end(ended, sign) {
        Ok(result) => Ok(result),
        Err(overflow) => {
            worker.fail_merge(stage, Failure::refused(overflow))?;
            Ok(None)
        }
    }
}

/// The same for values that a closure combines.
pub fn close_single_with<V: InWindows + Send>(
    worker: &mut Worker<'_>,
    ended: Ended,
    exchange: &Mailbox<Panes<Held<V>>>,
    window: &mut SingleWindow<Held<V>>,
    mut function: impl FnMut(V, V) -> V,
) -> Outcome<Option<Option<V>>> {
    single_restored(worker, exchange, window)?;
    let Ok(closed) = window.end(ended, held(&mut function));
    Ok(closed.map(|result| result.and_then(Held::into_inner)))
}

/// The count of a window: 0 where there was nothing to count.
pub fn count_of(count: Option<u64>, worker: &Worker<'_>) -> Option<u64> {
    (worker.index() == 0).then(|| count.unwrap_or(0))
}

/// The mean that a window has come to.
pub fn mean(mean: Mean) -> f64 {
    mean.value()
}

/// The mean of a window.
pub fn mean_of(mean: Option<Mean>) -> Option<f64> {
    mean.map(Mean::value)
}
