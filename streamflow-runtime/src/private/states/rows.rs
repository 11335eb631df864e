//! Windows that end with an item, on the worker that owns its key: of the last rows, or of the time in
//! front of it.

use std::any::TypeId;
use std::convert::Infallible;

use super::add::overflow_of;
use super::merge::Parcels;
use super::windows::held;
use crate::failure::Failure;
use crate::plan::{EventWindow, Role};
use crate::round::Round;
use crate::state::{
    Held, IsLate, KeptKey, Keyed, Mailbox, Moved, Overflow, RowWindows, RowsOfKey, SlidingOfKey,
    SlidingWindows, Unsettled,
};
use crate::worker::{Outcome, Worker};

/// Windows that a table of the same keys and values can stand for.
pub trait LikeTable {
    /// The table.
    type Table: Default;
}

impl<K, V> LikeTable for RowWindows<K, V> {
    type Table = Keyed<K, V>;
}

impl<K, V> LikeTable for SlidingWindows<K, V> {
    type Table = Keyed<K, V>;
}

/// A table of the same keys and values, to be looked at in their place.
pub fn like_table<W: LikeTable>(_windows: &W) -> W::Table {
    W::Table::default()
}

fn of_key<K: KeptKey>(key: &K, overflow: Overflow) -> Overflow {
    if TypeId::of::<K>() == TypeId::of::<()>() {
        overflow
    } else {
        overflow_of(key, overflow)
    }
}

/// Brings what a checkpoint has to the owners of the keys, in the first round.
fn home<K: KeptKey, V>(
    worker: &Worker<'_>,
    (round, stage): (&Round, usize),
    homes: &Mailbox<Moved<K, V>>,
    restored: impl FnOnce() -> Vec<Moved<K, V>>,
) -> Outcome<Vec<Moved<K, V>>> {
    let run = worker.run();
    if round.number != 1 || run.restored_state(stage).is_none() {
        return Ok(Vec::new());
    }
    let workers = worker.workers();
    let mut parcels = Parcels::new(worker, homes);
    for moved in restored() {
        parcels.send(moved.owner(workers), moved);
    }
    Ok(parcels.received(worker)?.collect())
}

/// Brings rows home.
pub fn rows_home<K: KeptKey, V>(
    worker: &Worker<'_>,
    at: (&Round, usize),
    homes: &Mailbox<Moved<K, RowsOfKey<V>>>,
    windows: &mut RowWindows<K, V>,
) -> Outcome {
    let come = home(worker, at, homes, || windows.take_restored())?;
    for moved in come {
        windows.restore(moved);
    }
    Ok(())
}

/// Adds a row; gives the result of `size` of them when they are together.
pub fn rows_together<K: KeptKey, V>(
    windows: &mut RowWindows<K, V>,
    (key, row): (&K, V),
    (size, _): (i64, i64),
    sign: impl FnMut(&mut V, V) -> Result<(), Overflow>,
) -> Result<Option<V>, Overflow> {
    let result = windows.together(key, row, size, sign);
    result.map_err(|overflow| of_key(key, overflow))
}

/// The same for values that a closure combines.
pub fn rows_together_with<K: KeptKey, V>(
    windows: &mut RowWindows<K, Held<V>>,
    (key, row): (&K, Held<V>),
    (size, _): (i64, i64),
    mut function: impl FnMut(V, V) -> V,
) -> Option<V> {
    let Ok(result) = windows.together(key, row, size, held(&mut function));
    result.and_then(Held::into_inner)
}

fn sliding(worker: &Worker<'_>, stage: usize) -> Option<(i64, Option<EventWindow>)> {
    match worker.run().plan.stages.get(stage)?.role {
        Role::Aggregate {
            every_ms, event, ..
        } => Some((i64::try_from(every_ms).unwrap_or(i64::MAX), event)),
        Role::Ordered { .. }
        | Role::Table { .. }
        | Role::LookUp { .. }
        | Role::EventTime { .. }
        | Role::Source
        | Role::Stateless
        | Role::Sink => None,
    }
}

/// Begins sliding windows where time is.
pub fn begin_sliding<K: KeptKey, V>(
    worker: &Worker<'_>,
    stage: usize,
    windows: &mut SlidingWindows<K, V>,
) {
    if let Some((size_ms, event)) = sliding(worker, stage) {
        let reached = |event: EventWindow| worker.run().watermarks.reached_ms(event.times);
        let delay_ms = event.map_or(0, EventWindow::delay_ms);
        windows.begin(size_ms, delay_ms, event.map_or(i64::MIN, reached));
    }
}

/// Brings items home.
pub fn sliding_home<K: KeptKey, V>(
    worker: &Worker<'_>,
    at: (&Round, usize),
    homes: &Mailbox<Moved<K, SlidingOfKey<V>>>,
    windows: &mut SlidingWindows<K, V>,
) -> Outcome {
    let come = home(worker, at, homes, || windows.take_restored())?;
    for moved in come {
        windows.restore(moved);
    }
    Ok(())
}

/// Forgets what no window has any more, by the clock.
pub fn slide_on<K: KeptKey, V>(windows: &mut SlidingWindows<K, V>, round: &Round) {
    windows.forget(round.time_ms);
}

/// Lets an item wait until all in front of it have come. Where it comes too late it is counted.
pub fn slide_later<K: KeptKey, V>(
    worker: &Worker<'_>,
    stage: usize,
    windows: &mut SlidingWindows<K, V>,
    (key, row): (&K, V),
    time_ms: i64,
    sign: impl FnMut(&mut V, V) -> Result<(), Overflow>,
) -> Result<(), Overflow> {
    let waits = windows.wait(key, (time_ms, row), sign);
    if waits.map_err(|overflow| of_key(key, overflow))? == IsLate::Yes {
        worker.run().came_late(stage);
    }
    Ok(())
}

/// The same for values that a closure combines.
pub fn slide_later_with<K: KeptKey, V>(
    worker: &Worker<'_>,
    stage: usize,
    windows: &mut SlidingWindows<K, Held<V>>,
    (key, row): (&K, Held<V>),
    time_ms: i64,
    mut function: impl FnMut(V, V) -> V,
) {
    let Ok(is_late) = windows.wait(key, (time_ms, row), held(&mut function));
    if is_late == IsLate::Yes {
        worker.run().came_late(stage);
    }
}

fn watermark_ms(worker: &Worker<'_>, stage: usize) -> i64 {
    let event = sliding(worker, stage).and_then(|(_, event)| event);
    event.map_or(i64::MIN, |event| {
        worker.run().watermarks.reached_ms(event.times)
    })
}

/// A value that is in the windows of several items.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be in several windows at once, as it cannot be copied",
    label = "this stage's windows overlap, and each has a result of its own",
    note = "derive `Clone` for `{Self}`; windows that follow each other, as `over rows 100`, do without"
)]
pub trait InWindowsOfItems: Sized {
    /// Adds a row; gives the result of the last `size` of them whenever `step` have come.
    fn rows_moving<K: KeptKey>(
        windows: &mut RowWindows<K, Self>,
        keyed: (&K, Self),
        lengths: (i64, i64),
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Result<Option<Self>, Overflow>;

    /// The same for values that a closure combines.
    fn rows_moving_with<K: KeptKey>(
        windows: &mut RowWindows<K, Held<Self>>,
        keyed: (&K, Held<Self>),
        lengths: (i64, i64),
        function: impl FnMut(Self, Self) -> Self,
    ) -> Option<Self>;

    /// The result of the window that ends with an item which comes now.
    fn slide_now<K: KeptKey>(
        windows: &mut SlidingWindows<K, Self>,
        keyed: (&K, Self),
        time_ms: i64,
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Result<Option<Self>, Overflow>;

    /// The same for values that a closure combines.
    fn slide_now_with<K: KeptKey>(
        windows: &mut SlidingWindows<K, Held<Self>>,
        keyed: (&K, Held<Self>),
        time_ms: i64,
        function: impl FnMut(Self, Self) -> Self,
    ) -> Option<Self>;

    /// The results of all items that the watermark has passed: their times, keys and values.
    fn slid<K: KeptKey>(
        worker: &mut Worker<'_>,
        stage: usize,
        windows: &mut SlidingWindows<K, Self>,
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Outcome<Vec<(i64, K, Self)>>;

    /// The same for values that a closure combines.
    fn slid_with<K: KeptKey>(
        worker: &mut Worker<'_>,
        stage: usize,
        windows: &mut SlidingWindows<K, Held<Self>>,
        function: impl FnMut(Self, Self) -> Self,
    ) -> Outcome<Vec<(i64, K, Self)>>;
}

#[diagnostic::do_not_recommend]
impl<V: Clone> InWindowsOfItems for V {
    fn rows_moving<K: KeptKey>(
        windows: &mut RowWindows<K, Self>,
        (key, row): (&K, Self),
        lengths: (i64, i64),
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Result<Option<Self>, Overflow> {
        let result = windows.moving(key, row, lengths, sign);
        result.map_err(|overflow| of_key(key, overflow))
    }

    fn rows_moving_with<K: KeptKey>(
        windows: &mut RowWindows<K, Held<Self>>,
        (key, row): (&K, Held<Self>),
        lengths: (i64, i64),
        mut function: impl FnMut(Self, Self) -> Self,
    ) -> Option<Self> {
        let Ok(result) = windows.moving(key, row, lengths, held(&mut function));
        result.and_then(Held::into_inner)
    }

    fn slide_now<K: KeptKey>(
        windows: &mut SlidingWindows<K, Self>,
        (key, row): (&K, Self),
        time_ms: i64,
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Result<Option<Self>, Overflow> {
        let result = windows.now(key, (time_ms, row), sign);
        result.map_err(|overflow| of_key(key, overflow))
    }

    fn slide_now_with<K: KeptKey>(
        windows: &mut SlidingWindows<K, Held<Self>>,
        (key, row): (&K, Held<Self>),
        time_ms: i64,
        mut function: impl FnMut(Self, Self) -> Self,
    ) -> Option<Self> {
        let Ok(result) = windows.now(key, (time_ms, row), held(&mut function));
        result.and_then(Held::into_inner)
    }

    fn slid<K: KeptKey>(
        worker: &mut Worker<'_>,
        stage: usize,
        windows: &mut SlidingWindows<K, Self>,
        sign: impl FnMut(&mut Self, Self) -> Result<(), Overflow>,
    ) -> Outcome<Vec<(i64, K, Self)>> {
        match windows.reach(watermark_ms(worker, stage), sign) {
            Ok(results) => Ok(results),
            Err(Unsettled { key, cause, .. }) => {
                worker.fail_merge(stage, Failure::refused(of_key(&key, cause)))?;
                Ok(Vec::new())
            }
        }
    }

    fn slid_with<K: KeptKey>(
        worker: &mut Worker<'_>,
        stage: usize,
        windows: &mut SlidingWindows<K, Held<Self>>,
        mut function: impl FnMut(Self, Self) -> Self,
    ) -> Outcome<Vec<(i64, K, Self)>> {
        let results = windows.reach(watermark_ms(worker, stage), held(&mut function));
        let Ok(results) =
            results.map_err(|Unsettled { cause, .. }: Unsettled<K, Infallible>| match cause {});
        let results = results.into_iter();
        let results =
            results.filter_map(|(time_ms, key, held)| Some((time_ms, key, held.into_inner()?)));
        Ok(results.collect())
    }
}
