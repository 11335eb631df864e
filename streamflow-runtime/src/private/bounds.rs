//! The windows of results: `count_by_key over tumbling 1m as views | with_window`.

use super::came_late;
use crate::plan::Role;
use crate::round::Round;
use crate::state::{
    EventWindows, Grid, Held, KeptKey, SingleWindow, SlidingWindows, Windows, WindowsOfChanges,
};
use crate::time::Window;
use crate::worker::Worker;

/// How the windows of a stage lie in time, by the clock.
pub fn windows_by_clock(worker: &Worker<'_>, stage: usize) -> Grid {
    let (every_ms, steps) = match worker.run().plan.stages.get(stage).map(|stage| stage.role) {
        Some(Role::Aggregate {
            every_ms, steps, ..
        }) => (every_ms, steps),
        _ => (1, None),
    };
    Grid::of_the_clock(every_ms, steps)
}

/// The window that ends in a round, or is told of.
pub fn window_in(round: &Round, windows: &Grid) -> Window {
    windows.bounds_in(round)
}

/// The window that begins with a step, of those that are told together.
pub fn window_from(windows: &Grid, first: i64) -> Window {
    windows.bounds_from(first)
}

/// The window of event time whose results have this time.
pub fn window_at<T: Default, W>(windows: &EventWindows<T, W>, time_ms: i64) -> Window {
    windows.bounds(time_ms)
}

/// How windows over event time lie.
pub fn windows_by_event_time<T: Default, W>(windows: &EventWindows<T, W>) -> Grid {
    windows.grid().clone()
}

/// The first step of the window whose result is at hand, of those that are told together.
pub fn first_told<V: Clone>(window: &SingleWindow<V>) -> i64 {
    window.first_told()
}

/// The results of the windows that have just ended or are told of, with the first steps of those.
pub fn results_told<K: KeptKey, V>(
    windows: &mut Windows<K, V>,
) -> impl Iterator<Item = (i64, &K, V)> + '_ {
    windows.results_told()
}

/// The same for values that a closure combined.
pub fn results_told_held<K: KeptKey, V>(
    windows: &mut Windows<K, Held<V>>,
) -> impl Iterator<Item = (i64, &K, V)> + '_ {
    let results = windows.results_told();
    results.filter_map(|(first, key, held)| Some((first, key, held.into_inner()?)))
}

/// The sliding window of an item.
pub fn window_up_to<K: KeptKey, V>(windows: &SlidingWindows<K, V>, time_ms: i64) -> Window {
    windows.up_to(time_ms)
}

/// The window that ends then, of those that give a result with each item.
pub fn window_of_changes(windows: &WindowsOfChanges, end_ms: i64) -> Window {
    windows.bounds(end_ms)
}

/// The ends of the open windows that have a time, each with its window. An item that is late for all of
/// them is counted.
pub fn open_windows_told<'w>(
    worker: &Worker<'_>,
    stage: usize,
    windows: &'w mut WindowsOfChanges,
    time_ms: i64,
) -> impl Iterator<Item = (i64, Window)> + use<'w> {
    if windows.is_late(time_ms) {
        came_late(worker, stage);
    }
    let windows = &*windows;
    let ends = windows.ends_at_hand(time_ms).iter();
    ends.map(|end_ms| (*end_ms, windows.bounds(*end_ms)))
}

/// A result and its window: `(&&InWindow(&item)).way().put(item, window)` puts the window to the key of a
/// pair, and in front of all else.
#[derive(Debug)]
pub struct InWindow<'r, T>(pub &'r T);

/// The result is a pair.
#[derive(Debug)]
pub struct ToKey;

/// The result is no pair, or one that is lent.
#[derive(Debug)]
pub struct InFront;

impl ToKey {
    /// The pair whose key has the window.
    #[inline]
    pub fn put<K, V>(self, (key, value): (K, V), window: Window) -> ((K, Window), V) {
        ((key, window), value)
    }
}

/// A pair that is lent.
#[derive(Debug)]
pub struct ToLentKey;

impl ToLentKey {
    /// The pair whose key has the window.
    #[inline]
    pub fn put<K, V>(self, (key, value): &(K, V), window: Window) -> ((&K, Window), &V) {
        ((key, window), value)
    }
}

impl InFront {
    /// The window with the result.
    #[inline]
    pub fn put<T>(self, result: T, window: Window) -> (Window, T) {
        (window, result)
    }
}

/// Pairs.
pub trait PairInWindow: Sized {
    /// How they get their window.
    fn way(self) -> ToKey {
        ToKey
    }
}

impl<K, V> PairInWindow for &&&InWindow<'_, (K, V)> {}

/// Pairs that are lent.
pub trait LentPairInWindow: Sized {
    /// How they get their window.
    fn way(self) -> ToLentKey {
        ToLentKey
    }
}

impl<K, V> LentPairInWindow for &&InWindow<'_, &(K, V)> {}

/// All other results.
pub trait ResultInWindow: Sized {
    /// How they get their window.
    fn way(self) -> InFront {
        InFront
    }
}

impl<T> ResultInWindow for &InWindow<'_, T> {}
