//! Results that leave while their window is open: `emit updates every 10s`.

use super::{Read, Takes};
use crate::diagnostics::Diagnostics;
use crate::model::WindowKind;
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
                "write the window: `over tumbling 1m emit updates every {shown}`"
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
    let is_of_steps = matches!(
        window.kind,
        WindowKind::Tumbling | WindowKind::Hopping | WindowKind::Cumulate
    );
    if !is_of_steps && takes.keeps == Keeps::Period {
        // It is told at the window.
        return;
    }
    if window.kind != WindowKind::Tumbling || takes.keeps != Keeps::Period {
        let what = match takes.keeps {
            Keeps::Period => format!("over a `{}` window", window.kind.word()),
            _ => "of a join".to_owned(),
        };
        let until_then = match takes.keeps {
            Keeps::Period => "write `emit changes`: each item gives the new results of its windows",
            _ => FINAL,
        };
        let later = Use::new(
            word,
            format!("`emit updates` {what} is not supported yet"),
            until_then,
        );
        read.later.push(later);
        return;
    }
    if every_ms < window.size && window.size.is_multiple_of(every_ms) {
        window.updates_ms = Some(every_ms);
        return;
    }
    let size = units::shown(window.size);
    let (message, help) = if every_ms >= window.size {
        (
            format!("a window of {size} has ended when {shown} have passed"),
            "write a shorter time, or take `emit updates …` away".to_owned(),
        )
    } else {
        let parts = window.size / every_ms;
        let parts = (parts..=window.size).find(|parts| window.size.is_multiple_of(*parts));
        let near_ms = window.size / parts.unwrap_or(1);
        (
            format!("a window of {size} is not made of whole parts of {shown}"),
            format!("write `emit updates every {}`", units::shown(near_ms)),
        )
    };
    diagnostics.error(every.value_span(), message).help(help);
    read.mended = true;
}
