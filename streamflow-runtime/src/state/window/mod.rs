//! What a window that moves on by a step keeps: the open step, and those before it that the window
//! still has.
//!
//! A record is added to the open step alone, as to an interval. When the step ends, equal keys meet on
//! one worker, and what they have come to is put behind the earlier steps of their key: so the cost
//! of a record does not depend on how many steps a window has.

mod changing;
mod changing_sessions;
mod event;
mod grid;
mod late;
mod panes;
mod rows;
mod session;
mod sessions;
mod sliding;
mod timer;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::image::{Restored, Saved, Stored};
use super::key::KeptKey;
use super::keyed::{Keyed, Moved, Unsettled};
use super::parts::Parts;
use super::since::Around;
use super::single::Single;
pub(crate) use changing::slot_in_window;
pub use changing::{ByWindow, InWindowsOfChanges, WindowsOfChanges};
pub(crate) use changing_sessions::slot_in_session;
pub use changing_sessions::{BySession, InSessionsOfChanges, SessionsOfChanges};
pub use event::{EventWindows, InEventWindows};
pub use grid::{Ended, Grid};
use grid::{Span, Told};
pub use panes::Panes;
pub use rows::{InRows, RowWindows, RowsOfKey};
pub use session::{InSessions, SessionRule, SessionsOfKey};
pub use sessions::Sessions;
pub(crate) use sliding::IsLate;
pub use sliding::{InSliding, SlidingOfKey, SlidingWindows};

/// The windows of one stage on one worker, key by key.
#[derive(Debug)]
pub struct Windows<K, V> {
    /// What the open step has brought so far.
    pub open: Keyed<K, V>,
    closed: Keyed<K, Panes<V>>,
}

/// The windows of a stage without keys.
#[derive(Debug)]
pub struct SingleWindow<V> {
    /// What the open step has brought so far.
    pub open: Single<V>,
    closed: Single<Panes<V>>,
    /// What is still to leave of the step that has ended last, with the first steps of the windows.
    told: VecDeque<(i64, Option<V>)>,
    /// The first step of the window that has left last of them.
    first_told: i64,
}

/// What a checkpoint has for a key.
#[derive(Debug, Serialize, Deserialize)]
pub enum Part<V> {
    /// What the open step has brought.
    Open(V),
    /// What earlier steps have.
    Closed(Panes<V>),
}

/// The values of a key's steps.
#[derive(Debug)]
pub struct InWindows;

impl Around for InWindows {
    type Of<V: Stored> = Part<V>;

    fn changed<Old: Stored, New: Stored>(
        whole: Part<Old>,
        change: &impl Fn(Old) -> New,
    ) -> Part<New> {
        match whole {
            Part::Open(value) => Part::Open(change(value)),
            Part::Closed(panes) => Part::Closed(panes.map(change)),
        }
    }
}

impl<K, V> Default for Windows<K, V> {
    fn default() -> Self {
        Windows {
            open: Keyed::default(),
            closed: Keyed::default(),
        }
    }
}

impl<V> Default for SingleWindow<V> {
    fn default() -> Self {
        SingleWindow {
            open: Single::default(),
            closed: Single::default(),
            told: VecDeque::new(),
            first_told: 0,
        }
    }
}

impl<K: KeptKey, V> Windows<K, V> {
    /// Takes out what a checkpoint has brought of earlier steps: it goes to the owner of its key.
    pub(crate) fn take_restored(&mut self) -> Vec<Moved<K, Panes<V>>> {
        self.closed.take_restored()
    }

    /// Takes in what a checkpoint has brought to another worker.
    pub(crate) fn restore(&mut self, moved: Moved<K, Panes<V>>) {
        let placed = self.closed.merge(moved, |known, other| {
            // Only one worker owned the key, and so only one part has it.
            *known = other;
            Ok::<(), std::convert::Infallible>(())
        });
        let Ok(()) = placed.map_err(|Unsettled { cause, .. }| match cause {});
    }

    /// The results of the windows that have just ended.
    pub(crate) fn results(&mut self) -> impl Iterator<Item = (&K, V)> + '_ {
        self.results_told().map(|(_, key, result)| (key, result))
    }

    /// The same with the first steps of the windows.
    pub(crate) fn results_told(&mut self) -> impl Iterator<Item = (i64, &K, V)> + '_ {
        self.closed.entries_mut().flat_map(|(key, panes)| {
            let results = panes.take_results();
            results.map(move |(first, result)| (first, key, result))
        })
    }
}

impl<K: KeptKey, V: Clone> Windows<K, V> {
    /// Whether no key has anything of a closed step.
    pub(super) fn is_empty(&self) -> bool {
        self.closed.is_empty()
    }

    /// Adds to a step that is closed: windows that have it have not all ended.
    ///
    /// # Errors
    ///
    /// The first key with values that cannot be combined.
    pub(super) fn add<E>(
        &mut self,
        step: i64,
        entries: impl Iterator<Item = (K, V)>,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), Unsettled<K, E>> {
        let mut take_in = |known: &mut Panes<V>, other| known.take_in(other, combine);
        for (key, value) in entries {
            self.closed.put(key, Panes::of(step, value), &mut take_in)?;
        }
        self.closed.settle(take_in)
    }

    /// Ends the open step; returns whether keys have results: a window ends with it, or is told of.
    ///
    /// # Errors
    ///
    /// The first key with values that cannot be combined.
    pub(crate) fn end<E>(
        &mut self,
        ended: Ended,
        mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<bool, Unsettled<K, E>> {
        match ended {
            Ended::Window(span) => {
                self.take_open();
                let close = |panes: &mut Panes<V>| panes.close(span, &mut combine);
                self.closed.retain(close).map(|()| true)
            }
            Ended::Update(span) => {
                self.take_open();
                let update = |panes: &mut Panes<V>| panes.update(span, &mut combine);
                self.closed.retain(update).map(|()| true)
            }
            Ended::Told(step, windows) => {
                self.take_open();
                let tell = |panes: &mut Panes<V>| panes.tell(step, &windows, &mut combine);
                self.closed.retain(tell).map(|()| true)
            }
            Ended::Step(step) => {
                let mut open = std::mem::take(&mut self.open);
                let added = self.add(step, open.drain(), &mut combine);
                self.open = open;
                added.map(|()| false)
            }
            Ended::InNone => {
                self.open.drain().for_each(drop);
                Ok(false)
            }
        }
    }

    /// Puts what the open step has behind the earlier ones of each key.
    fn take_open(&mut self) {
        let nothing = |_: &mut Panes<V>, _: Panes<V>| Ok::<(), std::convert::Infallible>(());
        let Ok(()) = self
            .closed
            .settle(nothing)
            .map_err(|Unsettled { cause, .. }| match cause {});
        for (key, value) in self.open.drain() {
            self.closed.kept_place(key, Panes::default).wait(value);
        }
    }
}

impl<V> SingleWindow<V> {
    /// Windows with what steps have that have ended.
    pub(super) fn of_closed(closed: Single<Panes<V>>) -> Self {
        SingleWindow {
            closed,
            ..Self::default()
        }
    }

    /// Takes out what a checkpoint has brought of earlier steps.
    pub(crate) fn take_restored(&mut self) -> Vec<Panes<V>> {
        self.closed.take_restored()
    }

    /// Takes in what a checkpoint has brought to another worker.
    pub(crate) fn restore(&mut self, panes: Panes<V>) {
        *self.closed.place() = Some(panes);
    }
}

impl<V: Clone> SingleWindow<V> {
    /// Whether there is nothing of a closed step.
    pub(super) fn is_empty(&self) -> bool {
        self.closed.entries().is_empty()
    }

    /// Adds to a step that is closed: windows that have it have not all ended.
    pub(super) fn add<E>(
        &mut self,
        step: i64,
        value: V,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), E> {
        let panes = self.closed.place().get_or_insert_default();
        panes.take_in(Panes::of(step, value), combine)
    }

    /// Ends the open step; gives whether there is a result, and what is in it.
    ///
    /// # Errors
    ///
    /// Values that cannot be combined.
    pub(crate) fn end<E>(
        &mut self,
        ended: Ended,
        mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(bool, Option<V>), E> {
        match ended {
            Ended::Window(span) => Ok((true, self.close(span, combine)?)),
            Ended::Update(span) => {
                let closed = self.closed.place().as_ref();
                let has_changed = closed.is_some_and(Panes::has_changed);
                if !has_changed && self.open.place().is_none() {
                    return Ok((false, None));
                }
                Ok((true, self.close(span, combine)?))
            }
            Ended::Told(step, windows) => {
                self.tell(step, &windows, &mut combine)?;
                Ok(self.next_told())
            }
            Ended::Step(step) => {
                if let Some(value) = self.open.take() {
                    self.add(step, value, &mut combine)?;
                }
                Ok((false, None))
            }
            Ended::InNone => {
                self.open.take();
                Ok((false, None))
            }
        }
    }

    /// Ends the open step of several windows, each of which is told where it has changed or ends.
    fn tell<E>(
        &mut self,
        step: i64,
        windows: &[Told],
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut panes = self.closed.take().unwrap_or_default();
        if let Some(value) = self.open.take() {
            panes.wait(value);
        }
        // A window that ends has a result, if only that nothing has come.
        let ended = windows.first().filter(|oldest| oldest.ends);
        let is_left = panes.tell(step, windows, combine)?;
        let told = panes.take_results();
        self.told
            .extend(told.map(|(first, result)| (first, Some(result))));
        if let (Some(oldest), true) = (ended, self.told.is_empty()) {
            self.told.push_back((oldest.first, None));
        }
        if is_left {
            *self.closed.place() = Some(panes);
        }
        Ok(())
    }

    /// What is to leave next of the step that has ended last: whether there is anything, and what.
    pub(crate) fn next_told(&mut self) -> (bool, Option<V>) {
        match self.told.pop_front() {
            Some((first, result)) => {
                self.first_told = first;
                (true, result)
            }
            None => (false, None),
        }
    }

    /// The first step of the window whose result [`next_told`](Self::next_told) has given.
    pub(crate) fn first_told(&self) -> i64 {
        self.first_told
    }

    /// Ends the open step; gives the result of the window that ends with it.
    ///
    /// # Errors
    ///
    /// Values that cannot be combined.
    pub(crate) fn close<E>(
        &mut self,
        span: Span,
        mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<Option<V>, E> {
        let open = self.open.take();
        let place = self.closed.place();
        if open.is_none() && place.is_none() {
            return Ok(None);
        }
        let mut panes = place.take().unwrap_or_default();
        if let Some(value) = open {
            panes.wait(value);
        }
        if panes.close(span, &mut combine)? {
            let result = panes.take_result();
            *place = Some(panes);
            return Ok(result);
        }
        Ok(None)
    }
}

fn entries<'s, K: KeptKey + 's, V: 's>(
    open: &'s Keyed<K, V>,
    closed: &'s Keyed<K, Panes<V>>,
) -> impl Iterator<Item = (&'s K, PartOf<'s, V>)> + 's {
    let open = open
        .entries()
        .map(|(key, value)| (key, PartOf::Open(value)));
    let closed = closed.entries();
    open.chain(closed.map(|(key, panes)| (key, PartOf::Closed(panes))))
}

/// [`Part`], lent.
#[derive(Serialize)]
enum PartOf<'s, V> {
    Open(&'s V),
    Closed(&'s Panes<V>),
}

impl<K: KeptKey, V: Stored> Saved for Windows<K, V> {
    fn layout() -> String {
        <Keyed<K, V>>::layout()
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        parts.entries(entries(&self.open, &self.closed))
    }

    fn shrink(&mut self) {
        self.open.shrink();
        self.closed.shrink();
    }
}

impl<K: KeptKey, V: Stored> Restored for Windows<K, V> {
    type Key = K;
    type Value = Part<V>;

    fn layout_with(value: &str) -> String {
        <Keyed<K, V>>::layout_with(value)
    }

    fn with(entries: Vec<(K, Part<V>)>) -> Self {
        let (mut open, mut closed) = (Vec::new(), Vec::new());
        for (key, part) in entries {
            match part {
                Part::Open(value) => open.push((key, value)),
                Part::Closed(panes) => closed.push((key, panes)),
            }
        }
        Windows {
            open: Keyed::with_restored(open),
            closed: Keyed::with_restored(closed),
        }
    }
}

impl<V: Stored> Saved for SingleWindow<V> {
    fn layout() -> String {
        <Single<V>>::layout()
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        let open = self.open.entries().into_iter().map(PartOf::Open);
        let closed = self.closed.entries().into_iter().map(PartOf::Closed);
        let all: Vec<PartOf<'_, V>> = open.chain(closed).collect();
        parts.whole(&all)
    }
}

impl<V: Stored> Restored for SingleWindow<V> {
    type Key = ();
    type Value = Part<V>;

    fn layout_with(value: &str) -> String {
        <Single<V>>::layout_with(value)
    }

    fn with(entries: Vec<((), Part<V>)>) -> Self {
        let (mut open, mut closed) = (Vec::new(), Vec::new());
        for ((), part) in entries {
            match part {
                Part::Open(value) => open.push(value),
                Part::Closed(panes) => closed.push(panes),
            }
        }
        SingleWindow {
            open: Single::with_restored(open),
            closed: Single::with_restored(closed),
            ..Self::default()
        }
    }
}
