//! How the windows of a stage lie in time: which steps there are, and which of them a window has.
//!
//! ```text
//!   hopping 3s by 2s:   steps of 1s     0   1   2   3   4   5   6   7
//!                       windows         └── 0-2 ──┘     └── 4-6 ──┘
//!                                               └── 2-4 ──┘
//!   hopping 1s by 3s:   steps of 1s     └0┘         └3┘         └6┘        all others are in none
//! ```

use crate::plan::{self, Placed, Steps, WindowKind};
use crate::round::{Fires, Round};
use crate::time::Window;
use crate::time::calendar::{Calendar, Ends};

/// Which steps a window has; a step is told by the time at which it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The last step of the window.
    pub last: i64,
    /// The first one.
    pub first: i64,
}

/// A window that has a step, where several are told with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Its first step.
    pub first: i64,
    /// Whether it ends with the step.
    pub ends: bool,
}

/// What ends with a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// A window.
    Window(Span),
    /// A part of a window that is told before it ends.
    Update(Span),
    /// A step that is told of all windows that have it, the oldest one first.
    Told(i64, Vec<Told>),
    /// The step alone: windows that have it end later.
    Step(i64),
    /// A step that is in no window.
    InNone,
}

/// By which moments windows lie where they move on by something else than one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    /// They end there, as results leave by the clock.
    ByEnds,
    /// They begin there, as windows over the items' own time do.
    ByBeginnings,
}

#[derive(Debug, Clone)]
enum Windows {
    /// A window of this length ends with each step.
    Last { size_ms: i64 },
    /// All since the last end of one of these.
    Since(Calendar),
    /// The same, but only some of them are windows, which end by a calendar of their own: the others are
    /// told where something has changed.
    Updated { since: Calendar, ends: Calendar },
    /// Windows of this length end every few steps.
    Few {
        size_ms: i64,
        calendar: Calendar,
        lie: Lie,
    },
    /// The same, and all that are open are told with each step where they have changed.
    FewUpdated {
        size_ms: i64,
        calendar: Calendar,
        lie: Lie,
    },
}

/// How a stage's windows lie in time.
#[derive(Debug, Clone)]
pub struct Grid {
    steps: Calendar,
    windows: Windows,
}

impl Grid {
    /// Windows over the items' own time.
    pub(crate) fn of_event_time(every_ms: u64, steps: Option<Steps>) -> Self {
        Self::new(every_ms, steps, Lie::ByBeginnings)
    }

    /// Windows by the clock.
    pub(crate) fn of_the_clock(every_ms: u64, steps: Option<Steps>) -> Self {
        Self::new(every_ms, steps, Lie::ByEnds)
    }

    fn new(every_ms: u64, steps: Option<Steps>, lie: Lie) -> Self {
        let ends = plan::step_ends(every_ms, steps);
        let of_steps = |steps: u64| ends.every_ms.saturating_mul(steps);
        let size_ms = |steps: u64| i64::try_from(of_steps(steps)).unwrap_or(i64::MAX);
        let calendar = |steps: u64| {
            Calendar::of(Ends {
                every_ms: of_steps(steps),
                ..ends
            })
        };
        let windows = match steps {
            // Those that do not consist of steps are not asked for them.
            None | Some(Steps::Session { .. } | Steps::Rows { .. } | Steps::Sliding) => {
                Windows::Last {
                    size_ms: size_ms(1),
                }
            }
            Some(Steps::Last(steps)) => Windows::Last {
                size_ms: size_ms(steps),
            },
            Some(Steps::SinceMultipleOf(steps)) => Windows::Since(calendar(steps)),
            Some(Steps::Placed(Placed {
                kind: WindowKind::Hopping,
                size,
                by,
                updates: true,
                ..
            })) => Windows::FewUpdated {
                size_ms: size_ms(size),
                calendar: calendar(by),
                lie,
            },
            Some(Steps::Placed(Placed {
                size,
                by,
                updates: true,
                ..
            })) => Windows::Updated {
                since: calendar(size),
                ends: calendar(by),
            },
            Some(Steps::Placed(Placed { kind, size, by, .. })) => match (kind, by) {
                (WindowKind::Cumulate, _) => Windows::Since(calendar(size)),
                (_, 1) => Windows::Last {
                    size_ms: size_ms(size),
                },
                _ => Windows::Few {
                    size_ms: size_ms(size),
                    calendar: calendar(by),
                    lie,
                },
            },
        };
        Grid {
            steps: Calendar::of(ends),
            windows,
        }
    }

    /// The step that a time is in.
    pub(crate) fn step_of(&self, time_ms: i64) -> i64 {
        self.steps.begin_of(time_ms)
    }

    /// When a step ends.
    pub(crate) fn end_ms(&self, step: i64) -> i64 {
        self.steps.after(step)
    }

    /// The window that ends with a step, if one does.
    fn window_of(&self, last: i64) -> Option<Span> {
        let first = match &self.windows {
            Windows::Last { size_ms } => self.back(last, *size_ms),
            Windows::Since(calendar) => calendar.begin_of(last),
            Windows::Updated { since, .. } => since.begin_of(last),
            Windows::Few {
                size_ms,
                calendar,
                lie,
            }
            | Windows::FewUpdated {
                size_ms,
                calendar,
                lie,
            } => {
                let first = self.back(last, *size_ms);
                let is_one = match lie {
                    Lie::ByEnds => calendar.is_end(self.end_ms(last)),
                    Lie::ByBeginnings => {
                        calendar.is_end(first) && !self.has_ended(first, last, *size_ms)
                    }
                };
                return is_one.then_some(Span { last, first });
            }
        };
        Some(Span { last, first })
    }

    /// The first step of the window of this length that ends with a step.
    fn back(&self, last: i64, size_ms: i64) -> i64 {
        self.steps.back(self.end_ms(last), size_ms)
    }

    /// Whether a window that begins with a step has ended in front of another step. Days on which clocks
    /// change have more steps than others, or fewer.
    fn has_ended(&self, first: i64, step: i64, size_ms: i64) -> bool {
        self.steps.back(step, size_ms) >= first
    }

    /// The next window that ends, with a step or behind it.
    pub(crate) fn next_window(&self, mut step: i64) -> Span {
        loop {
            if let Some(window) = self.window_of(step) {
                return window;
            }
            let next = self.end_ms(step);
            if next <= step {
                // The end of time.
                return Span {
                    last: step,
                    first: step,
                };
            }
            step = next;
        }
    }

    /// Whether no window has a step.
    pub(crate) fn is_in_none(&self, step: i64) -> bool {
        matches!(
            self.windows,
            Windows::Few { .. } | Windows::FewUpdated { .. }
        ) && self.next_window(step).first > step
    }

    /// What ends with a step.
    pub(crate) fn ending_with(&self, step: i64) -> Ended {
        if let Windows::FewUpdated {
            size_ms,
            calendar,
            lie,
        } = &self.windows
        {
            let told = self.that_have(step, *size_ms, calendar, *lie);
            return if told.is_empty() {
                Ended::InNone
            } else {
                Ended::Told(step, told)
            };
        }
        match self.window_of(step) {
            Some(window) if !self.is_whole(window) => Ended::Update(window),
            Some(window) => Ended::Window(window),
            None if self.is_in_none(step) => Ended::InNone,
            None => Ended::Step(step),
        }
    }

    /// The windows that have a step, the oldest one first.
    fn that_have(&self, step: i64, size_ms: i64, calendar: &Calendar, lie: Lie) -> Vec<Told> {
        let ends_from = self.back(step, size_ms);
        let mut told = Vec::new();
        match lie {
            Lie::ByBeginnings => {
                let oldest = ends_from;
                let mut first = calendar.begin_of(step);
                let oldest = if self.has_ended(oldest, step, size_ms) {
                    self.end_ms(oldest)
                } else {
                    oldest
                };
                while first >= oldest {
                    let ends = first == ends_from;
                    told.push(Told { first, ends });
                    let before = calendar.begin_of(first.saturating_sub(1));
                    if before >= first {
                        break;
                    }
                    first = before;
                }
                told.reverse();
            }
            Lie::ByEnds => {
                let end_ms = self.end_ms(step);
                let mut window_end_ms = calendar.after(step);
                loop {
                    let first = self.steps.back(window_end_ms, size_ms);
                    if first > step {
                        break;
                    }
                    let ends = window_end_ms == end_ms;
                    told.push(Told { first, ends });
                    let next_ms = calendar.after(window_end_ms);
                    if next_ms <= window_end_ms {
                        break;
                    }
                    window_end_ms = next_ms;
                }
            }
        }
        told
    }

    /// Whether a window ends, and not only a part of it that is told before.
    fn is_whole(&self, window: Span) -> bool {
        match &self.windows {
            Windows::Updated { ends, .. } => ends.is_end(self.end_ms(window.last)),
            Windows::Last { .. }
            | Windows::Since(_)
            | Windows::Few { .. }
            | Windows::FewUpdated { .. } => true,
        }
    }

    /// What ends in a round; nothing where no step does. When the input has ended, that is the next
    /// window: it is as full as it will get.
    pub(crate) fn ending_in(&self, round: &Round) -> Option<Ended> {
        let end_ms = round.fires_by(&self.steps)?;
        let step = self.step_of(end_ms.saturating_sub(1));
        if round.fires != Fires::All {
            return Some(self.ending_with(step));
        }
        let window = self.next_window(step);
        if window.first > step {
            return Some(Ended::InNone);
        }
        Some(Ended::Window(window))
    }
}

/// From when to when windows are.
impl Grid {
    /// The window that ends with a step, or is told of with it.
    pub(crate) fn bounds(&self, step: i64) -> Window {
        let first = self.window_of(step).map_or(step, |window| window.first);
        let end_ms = match &self.windows {
            Windows::Updated { ends, .. } => ends.after(step),
            _ => self.end_ms(step),
        };
        Window::new(first, end_ms)
    }

    /// The window that begins with a step, of those that are told together.
    pub(crate) fn bounds_from(&self, first: i64) -> Window {
        let (Windows::FewUpdated {
            size_ms,
            calendar,
            lie,
        }
        | Windows::Few {
            size_ms,
            calendar,
            lie,
        }) = &self.windows
        else {
            return self.bounds(first);
        };
        let ends = match lie {
            Lie::ByEnds => calendar,
            Lie::ByBeginnings => &self.steps,
        };
        // Where clocks change, windows of one size are not of one length: it is the first moment at which a
        // window of this size ends that begins then.
        let has_ended = |end_ms: i64| self.steps.back(end_ms, *size_ms) >= first;
        let mut end_ms = ends.begin_of(first.saturating_add(*size_ms));
        while !has_ended(end_ms) {
            let next_ms = ends.after(end_ms);
            if next_ms <= end_ms {
                break;
            }
            end_ms = next_ms;
        }
        loop {
            let before_ms = ends.begin_of(end_ms.saturating_sub(1));
            if before_ms >= end_ms || before_ms <= first || !has_ended(before_ms) {
                return Window::new(first, end_ms);
            }
            end_ms = before_ms;
        }
    }

    /// The window that ends in a round, or is told of.
    pub(crate) fn bounds_in(&self, round: &Round) -> Window {
        let last = match self.ending_in(round) {
            Some(Ended::Window(span) | Ended::Update(span)) => span.last,
            Some(Ended::Told(step, _) | Ended::Step(step)) => step,
            Some(Ended::InNone) | None => self.step_of(round.time_ms.saturating_sub(1)),
        };
        self.bounds(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(kind: WindowKind, size: u64, by: u64) -> Placed {
        Placed {
            kind,
            size,
            by,
            offset_ms: 0,
            zone: None,
            updates: false,
            changes: false,
        }
    }

    fn hopping(size: u64, by: u64, offset_ms: u64) -> Steps {
        Steps::Placed(Placed {
            offset_ms,
            ..placed(WindowKind::Hopping, size, by)
        })
    }

    /// All windows that end within some steps, by looking at each of them.
    fn windows(grid: &Grid, steps: std::ops::Range<i64>) -> Vec<(i64, i64)> {
        steps
            .filter_map(|step| grid.window_of(step))
            .map(|Span { first, last }| (first, last))
            .collect()
    }

    #[test]
    fn windows_over_event_time_begin_at_multiples_and_those_of_the_clock_end_there() {
        let event = Grid::of_event_time(1, Some(hopping(3, 2, 0)));
        assert_eq!(windows(&event, 0..8), [(-2, 0), (0, 2), (2, 4), (4, 6)]);
        let clock = Grid::of_the_clock(1, Some(hopping(3, 2, 0)));
        assert_eq!(windows(&clock, 0..8), [(-1, 1), (1, 3), (3, 5), (5, 7)]);
    }

    #[test]
    fn offset_moves_them() {
        let event = Grid::of_event_time(1, Some(hopping(3, 2, 1)));
        assert_eq!(windows(&event, 0..6), [(-1, 1), (1, 3), (3, 5)]);
        let whole = Grid::of_event_time(10, Some(hopping(2, 1, 3)));
        assert_eq!(whole.next_window(3), Span { last: 3, first: -7 });
    }

    #[test]
    fn steps_between_windows_are_in_none() {
        let event = Grid::of_event_time(1, Some(hopping(2, 3, 0)));
        let none: Vec<i64> = (0..9).filter(|step| event.is_in_none(*step)).collect();
        assert_eq!(none, [2, 5, 8]);
        assert_eq!(event.ending_with(0), Ended::Step(0));
        assert_eq!(
            event.ending_with(1),
            Ended::Window(Span { last: 1, first: 0 })
        );
        assert_eq!(event.ending_with(2), Ended::InNone);
        let overlapping = Grid::of_event_time(1, Some(hopping(3, 2, 0)));
        assert!((0..9).all(|step| !overlapping.is_in_none(step)));
    }

    #[test]
    fn cumulating_windows_begin_with_their_size() {
        let placed = Placed {
            offset_ms: 1,
            ..placed(WindowKind::Cumulate, 3, 1)
        };
        let grid = Grid::of_event_time(2, Some(Steps::Placed(placed)));
        let firsts: Vec<i64> = windows(&grid, 1..12)
            .iter()
            .map(|(first, _)| *first)
            .collect();
        assert_eq!(&firsts[..2], [1, 1]);
        assert_eq!(
            grid.next_window(grid.step_of(6)),
            Span { last: 5, first: 1 }
        );
        assert_eq!(
            grid.next_window(grid.step_of(7)),
            Span { last: 7, first: 7 }
        );
    }

    #[test]
    fn window_with_updates_is_told_before_it_ends() {
        let placed = Placed {
            updates: true,
            ..placed(WindowKind::Tumbling, 3, 3)
        };
        let grid = Grid::of_event_time(2, Some(Steps::Placed(placed)));
        let of = |last| Span { last, first: 6 };
        assert_eq!(grid.ending_with(6), Ended::Update(of(6)));
        assert_eq!(grid.ending_with(8), Ended::Update(of(8)));
        assert_eq!(grid.ending_with(10), Ended::Window(of(10)));
    }

    #[test]
    fn windows_that_overlap_are_told_together() {
        let told = |firsts: &[(i64, bool)]| {
            let told = firsts.iter().map(|&(first, ends)| Told { first, ends });
            told.collect::<Vec<_>>()
        };
        let placed = Placed {
            updates: true,
            ..placed(WindowKind::Hopping, 4, 2)
        };
        for grid in [
            Grid::of_event_time(1, Some(Steps::Placed(placed))),
            Grid::of_the_clock(1, Some(Steps::Placed(placed))),
        ] {
            assert_eq!(
                grid.ending_with(4),
                Ended::Told(4, told(&[(2, false), (4, false)]))
            );
            assert_eq!(
                grid.ending_with(5),
                Ended::Told(5, told(&[(2, true), (4, false)]))
            );
        }
        // With gaps.
        let placed = Placed { size: 1, ..placed };
        let grid = Grid::of_event_time(1, Some(Steps::Placed(placed)));
        assert_eq!(grid.ending_with(4), Ended::Told(4, told(&[(4, true)])));
        assert_eq!(grid.ending_with(5), Ended::InNone);
    }

    #[test]
    fn parts_of_cumulating_windows_are_told() {
        let placed = Placed {
            updates: true,
            ..placed(WindowKind::Cumulate, 4, 2)
        };
        let grid = Grid::of_event_time(1, Some(Steps::Placed(placed)));
        let of = |last| Span { last, first: 4 };
        assert_eq!(grid.ending_with(4), Ended::Update(of(4)));
        assert_eq!(grid.ending_with(5), Ended::Window(of(5)));
        assert_eq!(grid.ending_with(6), Ended::Update(of(6)));
        assert_eq!(grid.ending_with(7), Ended::Window(of(7)));
    }

    /// What is told of a window has the bounds with which it ends.
    fn told_as_they_end(grid: &Grid, mut step: i64, n_steps: usize) {
        let mut n_ended = 0;
        for _ in 0..n_steps {
            if let Ended::Told(_, windows) = grid.ending_with(step) {
                for window in windows {
                    let bounds = grid.bounds_from(window.first);
                    assert_eq!(bounds.start_ms(), window.first);
                    let end_ms = grid.end_ms(step);
                    assert_eq!(bounds.end_ms() == end_ms, window.ends, "{step}: {bounds}");
                    assert!(bounds.end_ms() >= end_ms, "{step}: {bounds}");
                    n_ended += usize::from(window.ends);
                }
            }
            step = grid.end_ms(step);
        }
        assert!(n_ended > 3, "{n_ended}");
    }

    fn told_by(size: u64, by: u64, zone: Option<&'static str>) -> Steps {
        Steps::Placed(Placed {
            updates: true,
            zone,
            ..placed(WindowKind::Hopping, size, by)
        })
    }

    #[test]
    fn windows_that_are_told_together_have_their_whole_bounds() {
        for (size, by) in [(4, 2), (3, 2), (1, 2), (5, 5)] {
            told_as_they_end(
                &Grid::of_event_time(1_000, Some(told_by(size, by, None))),
                0,
                30,
            );
            told_as_they_end(
                &Grid::of_the_clock(1_000, Some(told_by(size, by, None))),
                0,
                30,
            );
        }
    }

    #[cfg(feature = "tz")]
    #[test]
    fn they_have_them_where_clocks_change() {
        const HOUR_MS: u64 = 3_600_000;
        // Three days in front of 26 October 2025 and of 30 March 2025, at midnight in Berlin.
        for begin_ms in [1_761_170_400_000, 1_743_030_000_000] {
            for (hours, size, by) in [(6, 8, 4), (12, 4, 2), (24, 2, 1), (1, 48, 24), (6, 2, 1)] {
                let steps = Some(told_by(size, by, Some("Europe/Berlin")));
                let event = Grid::of_event_time(hours * HOUR_MS, steps);
                told_as_they_end(&event, event.step_of(begin_ms), 200);
            }
        }
    }

    #[test]
    fn bounds_are_those_of_the_whole_window() {
        let placed = Placed {
            updates: true,
            ..placed(WindowKind::Cumulate, 6, 2)
        };
        let grown = Grid::of_event_time(1, Some(Steps::Placed(placed)));
        assert_eq!(grown.bounds(7), Window::new(6, 8));
        assert_eq!(grown.bounds(8), Window::new(6, 10));
        let hopping = Grid::of_event_time(1, Some(Steps::Last(3)));
        assert_eq!(hopping.bounds(7), Window::new(5, 8));
        let tumbling = Grid::of_the_clock(10, None);
        assert_eq!(tumbling.bounds(20), Window::new(20, 30));
    }

    #[test]
    fn end_of_time_is_no_endless_search() {
        let grid = Grid::of_event_time(1_000, Some(hopping(7, 3, 0)));
        for time_ms in [i64::MIN, i64::MAX - 1, i64::MAX] {
            let _ = grid.next_window(grid.step_of(time_ms));
        }
        let told = Grid::of_event_time(1_000, Some(told_by(7, 3, None)));
        for time_ms in [i64::MIN, i64::MAX - 1, i64::MAX] {
            let _ = told.bounds_from(told.step_of(time_ms));
        }
    }
}
