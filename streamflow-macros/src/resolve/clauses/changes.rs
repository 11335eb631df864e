//! Results that leave with each item of a window: `emit changes`.

use super::updates::{FINAL, as_window, ends_with_items, of_what_leaves_at_once};
use super::{Read, Takes};
use crate::diagnostics::Diagnostics;
use crate::model::{Emit, Late, WindowKind};
use crate::operators::Keeps;
use crate::support::Use;
use crate::syntax::Operation;
use crate::units;

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
            .help(format!(
                "write the window: `{} emit changes`",
                as_window(read)
            ))
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
            FINAL.to_owned(),
        ),
        Some(window) if window.kind == WindowKind::Session && read.late_policy.is_some() => (
            "`emit changes` of sessions whose late records are not dropped is not supported yet"
                .to_owned(),
            instead_of_elsewhere(read.keeping.late),
        ),
        Some(window) => {
            window.changes = true;
            return;
        }
    };
    let (message, until_then) = later;
    read.later.push(Use::new(word, message, &until_then));
}

/// What to write in place of a policy that sends late records elsewhere.
fn instead_of_elsewhere(late: Option<Late>) -> String {
    let waits = match late {
        Some(Late { wait_ms, .. }) if wait_ms > 0 => format!("late {}", units::shown(wait_ms)),
        _ => "late".to_owned(),
    };
    format!("count late records and leave them out: `{waits} drop` instead of `{waits} else …`")
}
