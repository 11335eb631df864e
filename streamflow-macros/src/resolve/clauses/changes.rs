//! Results that leave with each item of a window: `emit changes`.

use super::updates::{FINAL, ends_with_items, of_what_leaves_at_once};
use super::{Read, Takes};
use crate::diagnostics::Diagnostics;
use crate::model::{Emit, WindowKind};
use crate::operators::Keeps;
use crate::support::Use;
use crate::syntax::Operation;

/// Lets each item give the new results of its windows; reports where there are none, or they cannot.
pub(super) fn of_window(
    read: &mut Read,
    operation: &Operation,
    takes: Takes<'_>,
    diagnostics: &mut Diagnostics,
) {
    let mut clauses = operation.clauses.iter();
    let clause = clauses.find(|clause| clause.word == "emit");
    let (Some(clause), Some(Emit::Changes), None) =
        (clause, read.keeping.emit, read.keeping.running)
    else {
        return;
    };
    let word = clause.word.span();
    if read.trigger.is_some() && read.keeping.window.is_none() {
        diagnostics
            .error(
                word,
                "`emit changes` tells of a window that is open, and an interval is none",
            )
            .help("write the window: `over tumbling 1m emit changes`")
            .help("or let the results never begin anew: `running` instead of the interval");
        read.mended = true;
        return;
    }
    let later = match &mut read.keeping.window {
        Some(window) if takes.keeps != Keeps::Period || ends_with_items(window.kind) => {
            of_what_leaves_at_once(clause, window.kind, takes, diagnostics);
            read.mended = true;
            return;
        }
        None => {
            // That results have no time to leave at is told by itself.
            return;
        }
        Some(window) if window.kind == WindowKind::Session && window.max_ms.is_some() => (
            "`emit changes` of sessions with a `max` is not supported yet".to_owned(),
            FINAL,
        ),
        Some(window) if window.kind == WindowKind::Session && read.late_policy.is_some() => (
            "`emit changes` of sessions whose late records are not dropped is not supported yet"
                .to_owned(),
            "count late records and leave them out: `late 2m drop` instead of `late 2m else …`",
        ),
        Some(window) => {
            window.changes = true;
            return;
        }
    };
    let (message, until_then) = later;
    read.later.push(Use::new(word, message, until_then));
}
