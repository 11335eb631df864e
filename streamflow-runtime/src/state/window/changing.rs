//! Windows whose results leave with each item: `emit changes`.
//!
//! ```text
//!   item at 12:03:20 → windows that have it and are open → what its key has in each → result
//!                                                              │ the watermark passes 12:04
//!                                                              ▼
//!                                                          forgotten
//! ```

use super::Grid;
use crate::state::image::Stored;
use crate::state::key::KeptKey;
use crate::state::owned::{Age, Aged, Owned, Use};
use crate::state::running::Slot;
use crate::state::since::Around;
use crate::time::Window;

/// What a key has in each of its open windows, by their ends, in the order of those.
pub type ByWindow<S> = Vec<(i64, Option<S>)>;

/// The values of a key's windows.
#[derive(Debug)]
pub struct InWindowsOfChanges;

impl Around for InWindowsOfChanges {
    type Of<S: Stored> = Aged<ByWindow<S>>;

    fn layout_with(value: &str) -> String {
        format!("[(i64, Option<{value}>)]")
    }

    fn changed<Old: Stored, New: Stored>(
        whole: Aged<ByWindow<Old>>,
        change: &impl Fn(Old) -> New,
    ) -> Aged<ByWindow<New>> {
        Age::changed(whole, &|windows: ByWindow<Old>| {
            let windows = windows.into_iter();
            windows
                .map(|(end_ms, state)| (end_ms, state.map(change)))
                .collect::<ByWindow<New>>()
        })
    }
}

/// Which windows of a stage are open.
#[derive(Debug)]
pub struct WindowsOfChanges {
    grid: Grid,
    /// How far time is behind the end of a window when it closes.
    delay_ms: i64,
    /// Windows are closed that end by here.
    closed_ms: i64,
    /// The step up to which closed windows are forgotten.
    forgotten: i64,
    /// The step of the last item: the next one is most likely of it too.
    at_hand: (i64, i64),
    /// The ends of the open windows that have it.
    ends: Vec<i64>,
    /// Whether it is in windows at all, closed or not.
    is_in_some: bool,
}

impl WindowsOfChanges {
    pub(crate) fn new(grid: Grid, delay_ms: i64, reached_ms: i64) -> Self {
        let mut windows = WindowsOfChanges {
            grid,
            delay_ms,
            closed_ms: i64::MIN,
            forgotten: i64::MIN,
            at_hand: (0, 0),
            ends: Vec::new(),
            is_in_some: true,
        };
        windows.closed_ms = windows.closed_by(reached_ms);
        windows
    }

    fn closed_by(&self, reached_ms: i64) -> i64 {
        match reached_ms {
            i64::MIN | i64::MAX => reached_ms,
            reached_ms => reached_ms.saturating_sub(self.delay_ms),
        }
    }

    /// The ends of the open windows that have a time; nothing where it is late for all of them.
    #[inline]
    pub(crate) fn open_at(&mut self, time_ms: i64) -> Option<&[i64]> {
        let (begin_ms, end_ms) = self.at_hand;
        if !(begin_ms..end_ms).contains(&time_ms) {
            // The end of time is too far in front of the clock.
            if time_ms == i64::MAX {
                return None;
            }
            self.turn_to(time_ms);
        }
        (!self.ends.is_empty() || !self.is_in_some).then_some(&self.ends)
    }

    /// Whether all windows that have a time are closed.
    #[inline]
    pub(crate) fn is_late(&mut self, time_ms: i64) -> bool {
        self.open_at(time_ms).is_none()
    }

    /// The ends of the open windows that have a time which has just been asked for.
    pub(crate) fn ends_at_hand(&self, time_ms: i64) -> &[i64] {
        let (begin_ms, end_ms) = self.at_hand;
        if (begin_ms..end_ms).contains(&time_ms) {
            &self.ends
        } else {
            &[]
        }
    }

    #[cold]
    fn turn_to(&mut self, time_ms: i64) {
        let step = self.grid.step_of(time_ms);
        self.at_hand = (step, self.grid.end_ms(step));
        self.ends.clear();
        self.is_in_some = false;
        let mut window = self.grid.next_window(step);
        while window.first <= step {
            self.is_in_some = true;
            let end_ms = self.grid.end_ms(window.last);
            if end_ms > self.closed_ms {
                self.ends.push(end_ms);
            }
            if end_ms <= window.last {
                // The end of time.
                return;
            }
            window = self.grid.next_window(end_ms);
        }
    }

    /// The window that ends then.
    pub(crate) fn bounds(&self, end_ms: i64) -> Window {
        self.grid
            .bounds(self.grid.step_of(end_ms.saturating_sub(1)))
    }

    /// Closes the windows that time has passed, and forgets what keys have in them.
    pub(crate) fn close<K: KeptKey, S>(
        &mut self,
        reached_ms: i64,
        state: &mut Owned<K, ByWindow<S>>,
    ) {
        let closed_ms = self.closed_by(reached_ms).max(self.closed_ms);
        if closed_ms == i64::MIN {
            return;
        }
        self.closed_ms = closed_ms;
        let open = self.grid.step_of(closed_ms);
        if open <= self.forgotten {
            return;
        }
        self.forgotten = open;
        self.at_hand = (0, 0);
        state.forget(|windows| {
            let n_closed = windows.partition_point(|(end_ms, _)| *end_ms <= closed_ms);
            windows.drain(..n_closed);
            windows.is_empty()
        });
    }
}

/// What a key has in a window.
pub(crate) fn slot_in_window<'s, K: KeptKey, S>(
    state: &'s mut Owned<K, ByWindow<S>>,
    key: &K,
    end_ms: i64,
) -> Slot<'s, K, S> {
    let used = Use {
        now_ms: end_ms,
        idle_ms: None,
    };
    let windows = state.slot_unless_idle(key, used).get_or_insert_default();
    let at = windows.partition_point(|(other_ms, _)| *other_ms < end_ms);
    if windows
        .get(at)
        .is_none_or(|(other_ms, _)| *other_ms != end_ms)
    {
        windows.insert(at, (end_ms, None));
    }
    Slot::of_changes(&mut windows[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Placed, Steps, WindowKind};

    fn windows(kind: WindowKind, size: u64, by: u64) -> WindowsOfChanges {
        let steps = Steps::Placed(Placed {
            kind,
            size,
            by,
            offset_ms: 0,
            zone: None,
            updates: false,
            changes: true,
        });
        WindowsOfChanges::new(Grid::of_event_time(10, Some(steps)), 0, i64::MIN)
    }

    #[test]
    fn time_is_in_every_window_that_has_its_step() {
        let mut hopping = windows(WindowKind::Hopping, 3, 1);
        assert_eq!(hopping.open_at(25), Some(&[30, 40, 50][..]));
        let mut cumulating = windows(WindowKind::Cumulate, 3, 1);
        assert_eq!(cumulating.open_at(15), Some(&[20, 30][..]));
        let mut tumbling = windows(WindowKind::Tumbling, 1, 1);
        assert_eq!(tumbling.open_at(19), Some(&[20][..]));
    }

    #[test]
    fn time_between_windows_is_in_none_and_not_late() {
        let mut apart = windows(WindowKind::Hopping, 2, 3);
        assert_eq!(apart.open_at(25), Some(&[][..]));
        apart.close(100, &mut Owned::<u8, ByWindow<u8>>::default());
        assert_eq!(apart.open_at(25), Some(&[][..]));
        assert_eq!(apart.open_at(5), None);
    }

    #[test]
    fn window_closes_when_time_has_passed_its_end() {
        let mut state: Owned<u8, ByWindow<u64>> = Owned::default();
        let mut hopping = windows(WindowKind::Hopping, 2, 1);
        let ends = hopping.open_at(5).map(<[i64]>::to_vec).unwrap();
        for end_ms in ends {
            *slot_in_window(&mut state, &1, end_ms).state() = Some(7);
        }
        hopping.close(10, &mut state);
        assert_eq!(hopping.open_at(5), Some(&[20][..]));
        assert_eq!(slot_in_window(&mut state, &1, 20).known(), Some(&7));
        assert_eq!(state.len(), 1);
        hopping.close(20, &mut state);
        assert_eq!(hopping.open_at(5), None);
        assert_eq!(state.len(), 0);
    }
}
