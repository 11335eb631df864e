//! How long a stage keeps what it has seen, and when its results leave.

use proc_macro2::Span;
use syn::Expr;

use super::Answers;

/// What the clauses of a stage say about windows, bounds and lateness.
#[derive(Debug, Default)]
pub(crate) struct Keeping {
    /// `over tumbling 1m`.
    pub(crate) window: Option<Window>,
    /// `inverse: |a, b| a - b`.
    pub(crate) inverse: Option<Inverse>,
    /// `running`.
    pub(crate) running: Option<Span>,
    /// `ttl 1h`, `cap 1000`, `forever`.
    pub(crate) bound: Option<Bound>,
    /// `late 2m drop`.
    pub(crate) late: Option<Late>,
    pub(crate) emit: Option<Emit>,
    /// `within -5m..+5m`.
    pub(crate) within: Option<Within>,
    /// `as_of`.
    pub(crate) as_of: Option<Span>,
    /// `lag 5s`, `idle 30s`, `future 10m` of `event_time`.
    pub(crate) times: Times,
    /// `concurrency 64`, `timeout 2s`, `unordered`, `cache 10_000`.
    pub(crate) answers: Answers,
}

impl Keeping {
    /// Whether each item gives the new results of its windows: `emit changes`.
    pub(crate) fn is_window_of_changes(&self) -> bool {
        self.window.as_ref().is_some_and(|window| window.changes)
    }
}

/// What `event_time` says of the times it gives, in milliseconds.
#[derive(Debug, Default, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "a name says its unit")]
pub(crate) struct Times {
    /// How far the watermark stays behind the latest time.
    pub(crate) lag_ms: Option<u64>,
    /// After how long a silent partition is not waited for.
    pub(crate) idle_ms: Option<u64>,
    /// How far in front of the clock a time may be.
    pub(crate) future_ms: Option<u64>,
}

/// From where to where, seen from a left item, the right items are that it meets: in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Within {
    /// The word `within`.
    pub(crate) word: Span,
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
}

/// What `over` says.
#[derive(Debug)]
pub(crate) struct Window {
    /// The word `over`.
    pub(crate) word: Span,
    pub(crate) kind: WindowKind,
    /// The size, or the gap of a session: milliseconds, or rows.
    pub(crate) size: u64,
    /// The step behind `by`.
    pub(crate) step: Option<Step>,
    /// How far windows are moved, in milliseconds.
    pub(crate) offset_ms: i64,
    /// The place whose days they follow.
    pub(crate) zone: Option<&'static str>,
    /// How often the result so far leaves, in milliseconds.
    pub(crate) updates_ms: Option<u64>,
    /// Whether each item gives the new results of its windows.
    pub(crate) changes: bool,
    /// The longest that a session may be, in milliseconds.
    pub(crate) max_ms: Option<u64>,
}

/// What takes a value out of a combined one again.
#[derive(Debug)]
pub(crate) struct Inverse {
    /// The word `inverse`.
    pub(crate) word: Span,
    pub(crate) function: Expr,
}

/// The step of a window that moves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) span: Span,
    pub(crate) size: u64,
}

/// The kinds of windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WindowKind {
    Tumbling,
    Hopping,
    Sliding,
    Session,
    Cumulate,
    Rows,
}

/// What limits state that outlives intervals.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Bound {
    /// Entries are forgotten when they have not been touched for so many milliseconds.
    pub(crate) ttl_ms: Option<u64>,
    /// At most so many entries are kept.
    pub(crate) cap: Option<u64>,
    /// Its author has said that nothing limits it.
    pub(crate) forever: bool,
}

/// What happens to records that come when their window is closed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Late {
    pub(crate) word: Span,
    /// How long a window waits for them behind its end.
    pub(crate) wait_ms: u64,
}

/// What leaves a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Emit {
    /// One result, when the window ends.
    Final,
    /// The result so far, at intervals.
    Updates { every_ms: u64 },
    /// Every change of the result.
    Changes,
}

impl WindowKind {
    pub(crate) const ALL: [(&'static str, WindowKind); 6] = [
        ("tumbling", WindowKind::Tumbling),
        ("hopping", WindowKind::Hopping),
        ("sliding", WindowKind::Sliding),
        ("session", WindowKind::Session),
        ("cumulate", WindowKind::Cumulate),
        ("rows", WindowKind::Rows),
    ];

    /// The word of the language.
    pub(crate) fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("tumbling", |(word, _)| word)
    }

    /// A window of this kind, to be quoted in messages.
    pub(crate) fn example(self) -> &'static str {
        match self {
            WindowKind::Tumbling => "over tumbling 1m",
            WindowKind::Hopping => "over hopping 1m by 10s",
            WindowKind::Sliding => "over sliding 1m",
            WindowKind::Session => "over session 30m",
            WindowKind::Cumulate => "over cumulate 1d by 1h",
            WindowKind::Rows => "over rows 100",
        }
    }
}
