//! Ends the step of a window when its trigger fires, and takes the results out.

use std::convert::Infallible;

use super::add::overflow_of;
use super::event::{OfKeys, OfOne};
use super::merge::Parcels;
use crate::failure::Failure;
use crate::plan::Role;
use crate::round::Round;
use crate::state::{
    Ended, Grid, Held, KeptKey, Mailbox, Mean, Moved, Overflow, Panes, SingleWindow, Unsettled,
    Windows,
};
use crate::worker::{Outcome, Worker};

/// A value that is in several windows at once. What ends windows is called by it, so that a value that
/// cannot be copied is reported where the windows are written.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be in several windows at once, as it cannot be copied",
    label = "this stage's windows overlap or are told before they end, and each result is of its own",
    note = "derive `Clone` for `{Self}`, or take windows that follow each other: `over tumbling 1m`"
)]
pub trait InWindows: Sized {
    /// Ends the open step of every key; returns whether a window ends with it.
    fn close<K: KeptKey>(
        worker: &mut Worker<'_>,
        stage: usize,
        ended: Ended,
        exchange: &Mailbox<Moved<K, Panes<Self>>>,
        windows: &mut Windows<K, Self>,
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Outcome<bool>;

    /// The same for values that a closure combines.
    fn close_with<K: KeptKey>(
        worker: &mut Worker<'_>,
        ended: Ended,
        exchange: &Mailbox<Moved<K, Panes<Held<Self>>>>,
        windows: &mut Windows<K, Held<Self>>,
        function: impl FnMut(Self, Self) -> Self,
    ) -> Outcome<bool>;

    /// Ends the open step of an aggregate without keys; gives whether there is a result, and what is in
    /// it.
    fn close_single(
        worker: &mut Worker<'_>,
        stage: usize,
        ended: Ended,
        exchange: &Mailbox<Panes<Self>>,
        window: &mut SingleWindow<Self>,
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Outcome<(bool, Option<Self>)>;

    /// The same for values that a closure combines.
    fn close_single_with(
        worker: &mut Worker<'_>,
        ended: Ended,
        exchange: &Mailbox<Panes<Held<Self>>>,
        window: &mut SingleWindow<Held<Self>>,
        function: impl FnMut(Self, Self) -> Self,
    ) -> Outcome<(bool, Option<Self>)>;

    /// Closes the next window of several steps over the items' own time; gives the time of its
    /// results.
    fn close_next<K: KeptKey>(
        worker: &mut Worker<'_>,
        stage: usize,
        windows: &mut OfKeys<K, Self>,
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Outcome<Option<i64>>;

    /// The same for values that a closure combines.
    fn close_next_with<K: KeptKey>(
        windows: &mut OfKeys<K, Held<Self>>,
        function: impl FnMut(Self, Self) -> Self,
    ) -> Option<i64>;

    /// Closes the next window without keys; gives the time of its result, and the result.
    fn close_next_of_one(
        worker: &mut Worker<'_>,
        stage: usize,
        windows: &mut OfOne<Self>,
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Outcome<Option<(i64, Self)>>;

    /// The same for values that a closure combines.
    fn close_next_of_one_with(
        windows: &mut OfOne<Held<Self>>,
        function: impl FnMut(Self, Self) -> Self,
    ) -> Option<(i64, Self)>;
}

#[diagnostic::do_not_recommend]
impl<V: Clone> InWindows for V {
    fn close<K: KeptKey>(
        worker: &mut Worker<'_>,
        stage: usize,
        ended: Ended,
        exchange: &Mailbox<Moved<K, Panes<Self>>>,
        windows: &mut Windows<K, Self>,
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Outcome<bool> {
        restored(worker, exchange, windows)?;
        windows
            .end(ended, sign)
            .or_else(|Unsettled { key, cause, .. }| {
                worker.fail_merge(stage, Failure::refused(overflow_of(&key, cause)))?;
                Ok(false)
            })
    }

    fn close_with<K: KeptKey>(
        worker: &mut Worker<'_>,
        ended: Ended,
        exchange: &Mailbox<Moved<K, Panes<Held<Self>>>>,
        windows: &mut Windows<K, Held<Self>>,
        mut function: impl FnMut(Self, Self) -> Self,
    ) -> Outcome<bool> {
        restored(worker, exchange, windows)?;
        let closed = windows.end(ended, held(&mut function));
        let Ok(closed) = closed.map_err(|Unsettled { cause, .. }| match cause {});
        Ok(closed)
    }

    fn close_single(
        worker: &mut Worker<'_>,
        stage: usize,
        ended: Ended,
        exchange: &Mailbox<Panes<Self>>,
        window: &mut SingleWindow<Self>,
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Outcome<(bool, Option<Self>)> {
        single_restored(worker, exchange, window)?;
        match window.end(ended, sign) {
            Ok(result) => Ok(result),
            Err(overflow) => {
                worker.fail_merge(stage, Failure::refused(overflow))?;
                Ok((false, None))
            }
        }
    }

    fn close_single_with(
        worker: &mut Worker<'_>,
        ended: Ended,
        exchange: &Mailbox<Panes<Held<Self>>>,
        window: &mut SingleWindow<Held<Self>>,
        mut function: impl FnMut(Self, Self) -> Self,
    ) -> Outcome<(bool, Option<Self>)> {
        single_restored(worker, exchange, window)?;
        let Ok((leaves, result)) = window.end(ended, held(&mut function));
        Ok((leaves, result.and_then(Held::into_inner)))
    }

    fn close_next<K: KeptKey>(
        worker: &mut Worker<'_>,
        stage: usize,
        windows: &mut OfKeys<K, Self>,
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Outcome<Option<i64>> {
        match windows.close_next(sign) {
            Ok(time_ms) => Ok(time_ms),
            Err(Unsettled { key, cause, .. }) => {
                worker.fail_merge(stage, Failure::refused(overflow_of(&key, cause)))?;
                Ok(None)
            }
        }
    }

    fn close_next_with<K: KeptKey>(
        windows: &mut OfKeys<K, Held<Self>>,
        mut function: impl FnMut(Self, Self) -> Self,
    ) -> Option<i64> {
        let closed = windows.close_next(held(&mut function));
        let Ok(time_ms) = closed.map_err(|Unsettled { cause, .. }| match cause {});
        time_ms
    }

    fn close_next_of_one(
        worker: &mut Worker<'_>,
        stage: usize,
        windows: &mut OfOne<Self>,
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Outcome<Option<(i64, Self)>> {
        match windows.close_next(sign) {
            Ok(result) => Ok(result),
            Err(overflow) => {
                worker.fail_merge(stage, Failure::refused(overflow))?;
                Ok(None)
            }
        }
    }

    fn close_next_of_one_with(
        windows: &mut OfOne<Held<Self>>,
        mut function: impl FnMut(Self, Self) -> Self,
    ) -> Option<(i64, Self)> {
        let Ok(result) = windows.close_next(held(&mut function));
        result.and_then(|(time_ms, value)| Some((time_ms, value.into_inner()?)))
    }
}

/// What is to leave next of windows that were told together: whether there is anything, and what.
pub fn next_told<V: Clone>(window: &mut SingleWindow<V>) -> (bool, Option<V>) {
    window.next_told()
}

/// The same for values that a closure combined.
pub fn next_told_held<V: Clone>(window: &mut SingleWindow<Held<V>>) -> (bool, Option<V>) {
    let (leaves, result) = window.next_told();
    (leaves, result.and_then(Held::into_inner))
}

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
pub fn results<K: KeptKey, V>(windows: &mut Windows<K, V>) -> impl Iterator<Item = (&K, V)> + '_ {
    windows.results()
}

/// The same for values that a closure combined.
pub fn results_held<K: KeptKey, V>(
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
