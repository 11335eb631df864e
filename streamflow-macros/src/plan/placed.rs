//! Windows that are moved, follow the days of a place, or move on by something else than one step.

use super::Steps;
use crate::model::{Step, Window, WindowKind};
use crate::units;

/// A quarter of an hour: by how much clocks of all places differ.
const QUARTER_MS: u64 = 900_000;

/// When results leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ends {
    /// How far one moment is from the next, in milliseconds.
    pub(crate) every_ms: u64,
    /// How far they are moved, in milliseconds.
    pub(crate) offset_ms: u64,
    /// The place whose days they follow.
    pub(crate) zone: Option<&'static str>,
}

/// A window that is not one of the simple ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) kind: WindowKind,
    /// How many steps it has.
    pub(crate) size: u64,
    /// How many steps lie between the end of one window and that of the next.
    pub(crate) by: u64,
    pub(crate) offset_ms: u64,
    pub(crate) zone: Option<&'static str>,
    /// Whether its result so far leaves with each step.
    pub(crate) updates: bool,
    /// Whether its new result leaves with each item.
    pub(crate) changes: bool,
}

impl Ends {
    pub(crate) fn every(every_ms: u64) -> Self {
        Ends {
            every_ms,
            offset_ms: 0,
            zone: None,
        }
    }

    /// Whether they are multiples of the interval.
    pub(crate) fn are_multiples(self) -> bool {
        self == Ends::every(self.every_ms)
    }

    /// As windows that follow each other and end then.
    pub(crate) fn placed(self) -> Placed {
        Placed {
            kind: WindowKind::Tumbling,
            size: 1,
            by: 1,
            offset_ms: self.offset_ms,
            zone: self.zone,
            updates: false,
            changes: false,
        }
    }

    /// Moments that are those of both.
    pub(crate) fn and(self, other: Ends) -> Ends {
        if self == other {
            return self;
        }
        let parts = [self, other].map(Ends::part_ms);
        Ends::every(common_ms(parts[0], parts[1]))
    }

    /// The longest interval of which all of these moments are multiples.
    fn part_ms(self) -> u64 {
        let part_ms = common_ms(self.every_ms, self.offset_ms);
        match self.zone {
            None => part_ms,
            Some(_) => common_ms(part_ms, QUARTER_MS),
        }
    }
}

impl Placed {
    pub(super) fn ends(self, every_ms: u64) -> Ends {
        Ends {
            every_ms: if self.updates {
                every_ms
            } else {
                every_ms.saturating_mul(self.by)
            },
            offset_ms: self.offset_ms,
            zone: self.zone,
        }
    }
}

/// The length of the steps of a window in milliseconds, and which of them it has.
pub(crate) fn steps(window: &Window) -> (u64, Option<Steps>) {
    let size = window.size;
    let by = window.step.map_or(size, |step| step.size).max(1);
    let step = match (window.updates_ms, window.kind) {
        (Some(updates_ms), _) => updates_ms.max(1),
        (None, WindowKind::Hopping) => common_ms(size, by),
        (None, _) => by,
    };
    let offset_ms = offset_ms(window);
    let updates = window.updates_ms.is_some();
    let is_placed =
        offset_ms > 0 || window.zone.is_some() || step != by || updates || window.changes;
    let steps = match (window.kind, size / step) {
        (WindowKind::Rows, _) => return (1, Some(Steps::Rows { size, step })),
        (WindowKind::Sliding, _) => Some(Steps::Sliding),
        (WindowKind::Session, _) => Some(Steps::Session {
            max_ms: window.max_ms,
            changes: window.changes,
        }),
        _ if is_placed => Some(Steps::Placed(Placed {
            kind: window.kind,
            size: size / step,
            by: by / step,
            offset_ms,
            zone: window.zone,
            updates,
            changes: window.changes,
        })),
        (_, 0 | 1) => None,
        (WindowKind::Cumulate, steps) => Some(Steps::SinceMultipleOf(steps)),
        (_, steps) => Some(Steps::Last(steps)),
    };
    (step, steps)
}

/// What windows begin at multiples of: they lie the same way when they are moved by it.
pub(crate) fn period(window: &Window) -> u64 {
    match (window.kind, window.step) {
        (WindowKind::Hopping, Some(step)) => step.size.max(1),
        _ => window.size.max(1),
    }
}

/// How far windows are moved, and not backwards.
fn offset_ms(window: &Window) -> u64 {
    let period_ms = i64::try_from(period(window)).unwrap_or(i64::MAX);
    window.offset_ms.rem_euclid(period_ms).unsigned_abs()
}

/// The window as the runtime shows it, and a lock holds it.
pub(crate) fn shown(window: &Window) -> String {
    let emits = if window.changes {
        " emit changes".to_owned()
    } else {
        window.updates_ms.map_or_else(String::new, |every_ms| {
            format!(" emit updates every {}", units::shown(every_ms))
        })
    };
    format!("{}{emits}", lies(window))
}

/// Where the window lies in time, as it is written behind an operator.
pub(crate) fn lies(window: &Window) -> String {
    let offset_ms = Some(offset_ms(window)).filter(|offset_ms| *offset_ms > 0);
    let length = |length: u64| match window.kind {
        WindowKind::Rows => length.to_string(),
        _ => units::shown(length),
    };
    let moves_on = |step: &Step| window.kind != WindowKind::Rows || step.size != window.size;
    let behind = [
        window
            .step
            .filter(moves_on)
            .map(|step| format!(" by {}", length(step.size))),
        window
            .max_ms
            .map(|max_ms| format!(" max {}", units::shown(max_ms))),
        offset_ms.map(|offset_ms| format!(" offset {}", units::shown(offset_ms))),
        window.zone.map(|zone| format!(" tz \"{zone}\"")),
    ];
    let behind: String = behind.into_iter().flatten().collect();
    format!(
        "over {} {}{behind}",
        window.kind.word(),
        length(window.size)
    )
}

/// The greatest interval of which both are multiples.
fn common_ms(one: u64, other: u64) -> u64 {
    match other {
        0 => one,
        _ => common_ms(other, one % other),
    }
}
