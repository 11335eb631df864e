//! What windows over the records' own time keep on one worker: a table for each step that is still
//! open, as records come out of order, and the steps that have ended.
//!
//! ```text
//!   records → open:   12:03   12:04   12:05          on each worker, as records come
//!                       │  the watermark passes 12:04
//!                       ▼
//!             ending: 12:03                          equal keys meet on one worker
//!                       ▼
//!             closed: 12:01 12:02 12:03 → result     only where a window has several steps
//! ```

use std::collections::BTreeMap;
use std::mem;

use serde::{Deserialize, Serialize};

use super::{Grid, Panes, SingleWindow, Windows};
use crate::state::image::{Restored, Saved, Stored};
use crate::state::key::KeptKey;
use crate::state::keyed::{Keyed, Unsettled};
use crate::state::parts::Parts;
use crate::state::since::Around;
use crate::state::single::Single;
use crate::time::Window;

/// The windows of one stage on one worker: `T` holds a step, `W` the steps of windows that have
/// several.
#[derive(Debug)]
pub struct EventWindows<T, W> {
    /// The step that the last record was of: the next one is most likely of it too.
    pub table: T,
    /// The step that has just ended, or the result of a window of one step.
    pub ended: T,
    /// The steps that windows still have.
    pub closed: W,
    at_hand: AtHand,
    /// All other steps that records have come for.
    others: BTreeMap<i64, T>,
    /// A step that is over: its room serves the next one.
    spare: T,
    /// Steps that have ended, with all that the workers have of them.
    ending: BTreeMap<i64, T>,
    grid: Grid,
    /// How far the watermark is behind the end of a window when it closes.
    delay_ms: i64,
    /// The first step for which a record is not late.
    first_wanted: i64,
    /// The first step that had not ended in the last round.
    first_open: i64,
    /// The first step that is not in `closed`.
    next: i64,
    /// Whether what a checkpoint had of closed steps is with the owners of the keys.
    is_home: bool,
}

/// The step at hand: from when to when it lasts. A step is told by the time at which it begins.
#[derive(Debug, Default, Clone, Copy)]
struct AtHand {
    begin_ms: i64,
    end_ms: i64,
}

impl<T: Default, W: Default> Default for EventWindows<T, W> {
    fn default() -> Self {
        EventWindows {
            table: T::default(),
            ended: T::default(),
            closed: W::default(),
            at_hand: AtHand::default(),
            others: BTreeMap::new(),
            spare: T::default(),
            ending: BTreeMap::new(),
            grid: Grid::of_event_time(1, None),
            delay_ms: 0,
            first_wanted: i64::MIN,
            first_open: i64::MIN,
            next: i64::MIN,
            is_home: false,
        }
    }
}

impl<T: Default, W> EventWindows<T, W> {
    /// Begins where the watermark is.
    pub(crate) fn begin(&mut self, grid: Grid, delay_ms: i64, watermark_ms: i64) {
        self.grid = grid;
        self.delay_ms = delay_ms;
        self.first_open = self.first_open_by(watermark_ms);
        self.close();
    }

    /// The first step that has not ended by a watermark.
    fn first_open_by(&self, watermark_ms: i64) -> i64 {
        if watermark_ms == i64::MIN {
            return i64::MIN;
        }
        self.grid
            .step_of(watermark_ms.saturating_sub(self.delay_ms))
    }

    /// What is kept for the step of a time; nothing where all windows that have it are closed.
    #[inline]
    pub(crate) fn step_at(&mut self, time_ms: i64) -> Option<&mut T> {
        if (self.at_hand.begin_ms..self.at_hand.end_ms).contains(&time_ms) {
            return Some(&mut self.table);
        }
        self.turn_to(time_ms)
    }

    #[cold]
    fn turn_to(&mut self, time_ms: i64) -> Option<&mut T> {
        let step = self.grid.step_of(time_ms);
        // The end of time is too far in front of the clock.
        if step < self.first_wanted || time_ms == i64::MAX || self.grid.is_in_none(step) {
            return None;
        }
        self.put_back();
        let known = self.others.remove(&step);
        self.table = known.unwrap_or_else(|| mem::take(&mut self.spare));
        self.at_hand = AtHand {
            begin_ms: step,
            end_ms: self.grid.end_ms(step),
        };
        Some(&mut self.table)
    }

    /// Whether a time is in no window at all, closed or not.
    pub(crate) fn is_in_none(&self, time_ms: i64) -> bool {
        time_ms != i64::MAX && self.grid.is_in_none(self.grid.step_of(time_ms))
    }

    /// Puts the step at hand to the others.
    fn put_back(&mut self) {
        let AtHand { begin_ms, end_ms } = mem::take(&mut self.at_hand);
        if begin_ms < end_ms {
            self.others.insert(begin_ms, mem::take(&mut self.table));
        }
    }

    /// Every step that records have come for.
    pub(crate) fn open_steps(&mut self) -> impl Iterator<Item = &mut T> + '_ {
        let others = self.others.values_mut();
        others.chain([&mut self.table])
    }

    /// Takes out the steps that have ended by a watermark; nothing if none has anywhere.
    pub(crate) fn take_ended(&mut self, watermark_ms: i64) -> Option<BTreeMap<i64, T>> {
        let first_open = self.first_open_by(watermark_ms);
        if first_open <= self.first_open {
            return None;
        }
        self.put_back();
        self.first_open = first_open;
        let open = self.others.split_off(&first_open);
        Some(mem::replace(&mut self.others, open))
    }

    /// Whether what a checkpoint had of closed steps must still go to the owners of the keys.
    pub(crate) fn is_to_go_home(&mut self) -> bool {
        !mem::replace(&mut self.is_home, true)
    }

    /// What the workers have of a step that has ended.
    pub(crate) fn ending(&mut self, step: i64) -> &mut T {
        self.ending.entry(step).or_default()
    }

    /// All steps that have ended.
    pub(crate) fn all_ending(&mut self) -> impl Iterator<Item = &mut T> + '_ {
        self.ending.values_mut()
    }

    /// Ends the round: what comes for windows that have closed in it is late.
    fn close(&mut self) {
        self.next = self.first_open;
        // The first step that is in a window which has not closed.
        self.first_wanted = match self.first_open {
            i64::MIN => i64::MIN,
            first_open => self.grid.next_window(first_open).first.min(first_open),
        };
    }

    /// The next window that has closed, where each is one step; gives the time of its results.
    pub(crate) fn next_step(&mut self) -> Option<i64> {
        let Some((step, table)) = self.ending.pop_first() else {
            self.close();
            return None;
        };
        self.spare = mem::replace(&mut self.ended, table);
        Some(self.grid.end_ms(step).saturating_sub(1))
    }

    /// The window whose results have this time.
    pub(crate) fn bounds(&self, time_ms: i64) -> Window {
        self.grid.bounds(self.grid.step_of(time_ms))
    }

    /// How windows lie.
    pub(crate) fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The step to close next, if there is one, where windows have several.
    fn next_to_close(&mut self, has_closed: bool) -> Option<i64> {
        let step = if has_closed {
            self.next
        } else {
            *self.ending.first_key_value()?.0
        };
        if step >= self.first_open {
            return None;
        }
        self.next = self.grid.end_ms(step);
        Some(step)
    }

    /// Takes out a step for which records have come when some of its windows were closed.
    fn take_belated(&mut self) -> Option<(i64, T)> {
        let first = self.ending.first_entry()?;
        (*first.key() < self.next).then(|| first.remove_entry())
    }
}

impl<K: KeptKey, V: Clone> EventWindows<Keyed<K, V>, Windows<K, V>> {
    /// Closes the next window; gives the time of its results.
    ///
    /// # Errors
    ///
    /// The first key with values that cannot be combined.
    pub(crate) fn close_next<E>(
        &mut self,
        mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<Option<i64>, Unsettled<K, E>> {
        while let Some((step, mut table)) = self.take_belated() {
            self.closed.add(step, table.drain(), &mut combine)?;
        }
        while let Some(step) = self.next_to_close(!self.closed.is_empty()) {
            self.closed.open = self.ending.remove(&step).unwrap_or_default();
            if self.closed.end(self.grid.ending_with(step), &mut combine)? {
                return Ok(Some(self.next.saturating_sub(1)));
            }
        }
        self.close();
        Ok(None)
    }
}

impl<V: Clone> EventWindows<Single<V>, SingleWindow<V>> {
    /// Closes the next window; gives the time of its result, and the result.
    ///
    /// # Errors
    ///
    /// Values that cannot be combined.
    pub(crate) fn close_next<E>(
        &mut self,
        mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<Option<(i64, V)>, E> {
        while let (true, told) = self.closed.next_told() {
            if let Some(result) = told {
                return Ok(Some((self.next.saturating_sub(1), result)));
            }
        }
        while let Some((step, mut single)) = self.take_belated() {
            if let Some(value) = single.take() {
                self.closed.add(step, value, &mut combine)?;
            }
        }
        while let Some(step) = self.next_to_close(!self.closed.is_empty()) {
            self.closed.open = self.ending.remove(&step).unwrap_or_default();
            let (_, result) = self.closed.end(self.grid.ending_with(step), &mut combine)?;
            if let Some(result) = result {
                return Ok(Some((self.next.saturating_sub(1), result)));
            }
        }
        self.close();
        Ok(None)
    }
}

/// What a checkpoint has for a key.
#[derive(Debug, Serialize, Deserialize)]
pub enum Part<V> {
    /// What a step has that is still open.
    Open(i64, V),
    /// What windows have of steps that have ended.
    Closed(Panes<V>),
}

/// The values of a key's steps.
#[derive(Debug)]
pub struct InEventWindows;

impl Around for InEventWindows {
    type Of<V: Stored> = Part<V>;

    fn changed<Old: Stored, New: Stored>(
        whole: Part<Old>,
        change: &impl Fn(Old) -> New,
    ) -> Part<New> {
        match whole {
            Part::Open(step, value) => Part::Open(step, change(value)),
            Part::Closed(panes) => Part::Closed(panes.map(change)),
        }
    }
}

/// [`Part`], lent.
#[derive(Serialize)]
enum PartOf<'s, V> {
    Open(i64, &'s V),
    Closed(&'s Panes<V>),
}

impl<T, W> EventWindows<T, W> {
    fn tables_mut(&mut self) -> impl Iterator<Item = &mut T> + '_ {
        let tables = [&mut self.table, &mut self.ended, &mut self.spare];
        let others = self.others.values_mut().chain(self.ending.values_mut());
        tables.into_iter().chain(others)
    }

    fn open(&self) -> impl Iterator<Item = (i64, &T)> + '_ {
        let at_hand = (self.at_hand.begin_ms, &self.table);
        let others = self.others.iter().map(|(step, table)| (*step, table));
        others.chain([at_hand])
    }
}

impl<K: KeptKey, V: Stored> Saved for EventWindows<Keyed<K, V>, Windows<K, V>> {
    fn layout() -> String {
        <Keyed<K, V>>::layout()
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        let open = self.open().flat_map(|(step, table)| {
            let entries = table.entries();
            entries.map(move |(key, value)| (key, PartOf::Open(step, value)))
        });
        let closed = self.closed.closed.entries();
        let closed = closed.map(|(key, panes)| (key, PartOf::Closed(panes)));
        parts.entries(open.chain(closed))
    }

    fn shrink(&mut self) {
        self.tables_mut().for_each(Keyed::shrink);
        self.closed.shrink();
    }
}

impl<K: KeptKey, V: Stored> Restored for EventWindows<Keyed<K, V>, Windows<K, V>> {
    type Key = K;
    type Value = Part<V>;

    fn layout_with(value: &str) -> String {
        <Keyed<K, V>>::layout_with(value)
    }

    fn with(entries: Vec<(K, Part<V>)>) -> Self {
        let mut open: BTreeMap<i64, Vec<(K, V)>> = BTreeMap::new();
        let mut closed = Vec::new();
        for (key, part) in entries {
            match part {
                Part::Open(step, value) => open.entry(step).or_default().push((key, value)),
                Part::Closed(panes) => closed.push((key, panes)),
            }
        }
        let open = open.into_iter();
        EventWindows {
            others: open
                .map(|(step, entries)| (step, Keyed::with_restored(entries)))
                .collect(),
            closed: Windows {
                open: Keyed::default(),
                closed: Keyed::with_restored(closed),
            },
            ..Self::default()
        }
    }
}

impl<V: Stored> Saved for EventWindows<Single<V>, SingleWindow<V>> {
    fn layout() -> String {
        <Single<V>>::layout()
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        let open = self.open().flat_map(|(step, single)| {
            let entries = single.entries().into_iter();
            entries.map(move |value| PartOf::Open(step, value))
        });
        let closed = self.closed.closed.entries().into_iter();
        let all: Vec<PartOf<'_, V>> = open.chain(closed.map(PartOf::Closed)).collect();
        parts.whole(&all)
    }
}

impl<V: Stored> Restored for EventWindows<Single<V>, SingleWindow<V>> {
    type Key = ();
    type Value = Part<V>;

    fn layout_with(value: &str) -> String {
        <Single<V>>::layout_with(value)
    }

    fn with(entries: Vec<((), Part<V>)>) -> Self {
        let mut open: BTreeMap<i64, Vec<V>> = BTreeMap::new();
        let mut closed = Vec::new();
        for ((), part) in entries {
            match part {
                Part::Open(step, value) => open.entry(step).or_default().push(value),
                Part::Closed(panes) => closed.push(panes),
            }
        }
        let open = open.into_iter();
        EventWindows {
            others: open
                .map(|(step, values)| (step, Single::with_restored(values)))
                .collect(),
            closed: SingleWindow::of_closed(Single::with_restored(closed)),
            ..Self::default()
        }
    }
}
