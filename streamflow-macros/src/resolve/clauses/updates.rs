//! Results that leave while their window is open: `emit updates every 10s`.

use super::{Read, Takes};
use crate::diagnostics::Diagnostics;
use crate::model::{Window, WindowKind};
use crate::operators::Keeps;
use crate::support::Use;
use crate::syntax::Clause;
use crate::units;

pub(super) const FINAL: &str = "take it out: results leave at the end of each window";

/// Lets the window tell its result so far; reports where there is none, or it cannot.
pub(super) fn of_window(
    clause: &Clause,
    (every, every_ms): (&Clause, u64),
    takes: Takes<'_>,
    read: &mut Read,
    diagnostics: &mut Diagnostics,
) {
    if read.keeping.running.is_some() {
        return;
    }
    let word = clause.word.span();
    let shown = units::shown(every_ms);
    if read.trigger.is_some() && read.keeping.window.is_none() {
        diagnostics
            .error(
                word,
                "`emit updates` tells of a window that is open, and an interval is none",
            )
            .help(format!(
                "write the window: `{} emit updates every {shown}`",
                as_window(read)
            ));
        read.mended = true;
        return;
    }
    let Some(window) = &mut read.keeping.window else {
        let later = Use::new(
            word,
            "`emit updates` is not supported yet".to_owned(),
            FINAL,
        );
        read.later.push(later);
        return;
    };
    if takes.keeps != Keeps::Period || ends_with_items(window.kind) {
        of_what_leaves_at_once(clause, window.kind, takes, diagnostics);
        read.mended = true;
        return;
    }
    if window.kind == WindowKind::Session {
        // It is told at the window.
        return;
    }
    let whole_ms = whole_ms(window);
    let is_shorter = match window.kind {
        WindowKind::Cumulate => every_ms < whole_ms,
        _ => every_ms < window.size,
    };
    if is_shorter && whole_ms.is_multiple_of(every_ms) {
        window.updates_ms = Some(every_ms);
        return;
    }
    let (message, help) = wrong(window, (every_ms, whole_ms), is_shorter);
    diagnostics.error(every.value_span(), message).help(help);
    read.mended = true;
}

/// Whether each window ends with an item.
pub(super) fn ends_with_items(kind: WindowKind) -> bool {
    matches!(kind, WindowKind::Sliding | WindowKind::Rows)
}

/// Reports that nothing can be told earlier than it is.
pub(super) fn of_what_leaves_at_once(
    clause: &Clause,
    kind: WindowKind,
    takes: Takes<'_>,
    diagnostics: &mut Diagnostics,
) {
    let word = clause.word.span();
    if takes.keeps != Keeps::Period {
        diagnostics
            .error(word, "a join gives what meets, and no result that changes")
            .help("take `emit …` out")
            .help("or let what meets leave at once: `within -1m..+1m` instead of the window");
        return;
    }
    let kind_word = kind.word();
    let error = diagnostics.error(
        word,
        format!("a `{kind_word}` window ends with an item, and its result leaves with that"),
    );
    match kind {
        WindowKind::Rows => {
            error.help("take `emit …` out, and write `by 1` for a result with each item");
        }
        _ => {
            error.help("take `emit …` out: each item gives a result");
        }
    }
}

/// The interval that is written, as a window: that of the same length, with a name for what it keeps.
pub(super) fn as_window(read: &Read) -> String {
    let size_ms = read
        .trigger
        .as_ref()
        .map_or(60_000, |trigger| trigger.every_ms);
    let name = read
        .name
        .as_ref()
        .map_or_else(|| "totals".to_owned(), ToString::to_string);
    format!("over tumbling {} as {name}", units::shown(size_ms))
}

/// A time between updates that fits the window; nothing where it tells no result before it ends.
pub(in crate::resolve) fn near_ms(window: &Window) -> Option<u64> {
    const NEAR_MS: [u64; 9] = [
        21_600_000, 3_600_000, 600_000, 60_000, 10_000, 1_000, 100, 10, 1,
    ];
    let can_tell = matches!(
        window.kind,
        WindowKind::Tumbling | WindowKind::Hopping | WindowKind::Cumulate
    );
    let whole_ms = Some(whole_ms(window)).filter(|_| can_tell)?;
    let mut near = NEAR_MS.into_iter();
    near.find(|every_ms| *every_ms < whole_ms && whole_ms.is_multiple_of(*every_ms))
}

/// What updates divide, in milliseconds: what lies between the beginnings and ends of windows.
fn whole_ms(window: &Window) -> u64 {
    let step_ms = window.step.map_or(window.size, |step| step.size);
    match window.kind {
        WindowKind::Cumulate => step_ms,
        _ => common(window.size, step_ms),
    }
}

/// What is wrong with an interval of updates, and what to write.
fn wrong(window: &Window, (every_ms, whole_ms): (u64, u64), is_shorter: bool) -> (String, String) {
    let (size, shown) = (units::shown(window.size), units::shown(every_ms));
    if !is_shorter {
        let message = if window.kind == WindowKind::Cumulate {
            let whole = units::shown(whole_ms);
            format!("this window gives a result every {whole} without that")
        } else {
            format!("a window of {size} has ended when {shown} have passed")
        };
        let help = "write a shorter time, or take `emit updates …` away";
        return (message, help.to_owned());
    }
    let parts = (whole_ms / every_ms).max(1);
    let parts = (parts..=whole_ms).find(|parts| whole_ms.is_multiple_of(*parts));
    let near_ms = whole_ms / parts.unwrap_or(1);
    let of = match (window.kind, window.step) {
        (WindowKind::Hopping, Some(step)) => {
            format!("windows of {size} by {} are", units::shown(step.size))
        }
        (WindowKind::Cumulate, _) => format!("a step of {} is", units::shown(whole_ms)),
        _ => format!("a window of {size} is"),
    };
    (
        format!("{of} not made of whole parts of {shown}"),
        format!("write `emit updates every {}`", units::shown(near_ms)),
    )
}

/// The longest time of which both are multiples.
fn common(one: u64, other: u64) -> u64 {
    match other {
        0 => one,
        _ => common(other, one % other),
    }
}
