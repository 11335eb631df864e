//! Rules about `streamflow.lock`: what checkpoints hold must not be lost by a slip.
//!
//! Types are compared by the Rust compiler, with what `emit::lock` writes.

use proc_macro2::Ident;

use super::Checked;
use super::flow::EventTime;
use crate::diagnostics::Diagnostics;
use crate::lock::{Lock, LockedState};
use crate::model::{Health, Job, Kind, Migration, Node, NodeId, WindowKind};
use crate::plan::placed;
use crate::shape;
use crate::units;

/// How a lock calls results that leave as items come.
const ITEM_BY_ITEM: &str = "item by item";

/// How a lock calls windows that go by the items' own time.
const OF_EVENT_TIME: &str = " of event time";

/// Every locked state is kept under its name, migrated or dropped.
pub(super) fn locked_states_are_kept(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let (Some(name), Some(lock)) = (job.form.name(), &job.lock) else {
        return Vec::new();
    };
    lines_make_sense(name, lock, diagnostics);
    for locked in &lock.states {
        let keeper = job
            .nodes
            .iter()
            .find(|node| node.name.as_ref().is_some_and(|name| *name == locked.name));
        match keeper {
            Some(node) => {
                if versions_go_on(job, locked, diagnostics) == Goes::AsLocked {
                    interval_is_the_same(node, locked, diagnostics);
                    let by_event_time = flows.reaching(node).event_time == EventTime::Given;
                    window_is_the_same(node, by_event_time, locked, diagnostics);
                    goes_on_as_before(node, locked, diagnostics);
                }
            }
            None => missing(job, name, lock, locked, diagnostics),
        }
    }
    Vec::new()
}

fn lines_make_sense(name: &Ident, lock: &Lock, diagnostics: &mut Diagnostics) {
    let unread = lock
        .states
        .iter()
        .find(|state| shape::of_state(&state.layout, name.span()).is_none())
        .map(|state| format!("the layout of `{}`: `{}`", state.name, state.layout));
    let bad = lock
        .bad
        .first()
        .map(|bad| format!("line {}: `{}`", bad.line, bad.text));
    if let Some(what) = bad.or(unread) {
        diagnostics
            .error(
                name.span(),
                format!("`streamflow.lock` cannot be read at {what}"),
            )
            .help("mend the file: a line is `state NAME v1 every 1s: keyed str -> u64`");
    }
}

/// Whether a state is of the version that is locked.
#[derive(Debug, PartialEq, Eq)]
enum Goes {
    /// It is held against the lock.
    AsLocked,
    /// It is migrated from there.
    Further,
    /// A mistake was reported.
    Wrong,
}

fn versions_go_on(job: &Job, locked: &LockedState, diagnostics: &mut Diagnostics) -> Goes {
    let LockedState { name, version, .. } = locked;
    let migrations: Vec<&Migration> = job.changes.of(name).collect();
    let (Some(first), Some(last)) = (migrations.first(), migrations.last()) else {
        return Goes::AsLocked;
    };
    if last.to == *version {
        return Goes::AsLocked;
    }
    if last.to < *version {
        let next = last.to.saturating_add(1);
        diagnostics
            .error(
                last.name.span(),
                format!(
                    "`streamflow.lock` holds `{name}` in v{version}, and its migrations end at v{}",
                    last.to
                ),
            )
            .help(format!(
                "write `state {name} migrate v{} -> v{next} (|old: …| …);` too",
                last.to
            ));
        return Goes::Wrong;
    }
    if first.from > *version {
        let next = version.saturating_add(1);
        diagnostics
            .error(
                first.name.span(),
                format!(
                    "`streamflow.lock` holds `{name}` in v{version}, and its migrations begin at v{}",
                    first.from
                ),
            )
            .help(format!(
                "write `state {name} migrate v{version} -> v{next} (|old: …| …);` in front"
            ));
        return Goes::Wrong;
    }
    Goes::Further
}

/// An interval that is open in a checkpoint would go on with another length.
fn interval_is_the_same(node: &Node, locked: &LockedState, diagnostics: &mut Diagnostics) {
    let Some(trigger) = node
        .trigger
        .as_ref()
        .filter(|_| node.health == Health::Sound)
    else {
        return;
    };
    let locked_ms = locked
        .trigger
        .strip_prefix("every ")
        .and_then(|text| syn::parse_str(text).ok())
        .and_then(|literal| units::duration_ms(&literal).ok());
    if locked_ms == Some(trigger.every_ms) {
        return;
    }
    let LockedState {
        name, trigger: was, ..
    } = locked;
    diagnostics
        .error(
            trigger.span,
            format!("`{name}` no longer fits `streamflow.lock`: its interval is locked as `{was}`"),
        )
        .help(format!(
            "write `{was}` again; if an open interval may go on with another length, change the line of `{name}` in `streamflow.lock`"
        ));
}

/// What is kept of a window's steps is of no use to another window.
fn window_is_the_same(
    node: &Node,
    by_event_time: bool,
    locked: &LockedState,
    diagnostics: &mut Diagnostics,
) {
    let Some(window) = node
        .keeping
        .window
        .as_ref()
        .filter(|_| node.health == Health::Sound)
    else {
        return;
    };
    let by_event_time = by_event_time && window.kind != WindowKind::Rows;
    let mut now = placed::shown(window);
    match placed::steps(window) {
        (every_ms, None) if !by_event_time => now = format!("every {}", units::shown(every_ms)),
        _ if by_event_time => now += OF_EVENT_TIME,
        _ => {}
    }
    let wait_ms = node.keeping.late.map_or(0, |late| late.wait_ms);
    if by_event_time && wait_ms > 0 {
        now = format!("{now} late {}", units::shown(wait_ms));
    }
    let LockedState {
        name, trigger: was, ..
    } = locked;
    if *was == now {
        return;
    }
    diagnostics
        .error(
            window.word,
            format!(
                "`{name}` no longer fits `streamflow.lock`: its window is locked as `{was}`, and is \
                 now `{now}`"
            ),
        )
        .help(format!(
            "write `{}` again; or begin anew under another name: write `drop state {name};` and `as \
             {name}_2`",
            written(was)
        ));
}

/// When results leave, as a job writes what a lock says.
fn written(trigger: &str) -> String {
    match trigger {
        ITEM_BY_ITEM => "running".to_owned(),
        _ => trigger.replace(OF_EVENT_TIME, ""),
    }
}

/// What an interval keeps is something else than what goes on.
fn goes_on_as_before(node: &Node, locked: &LockedState, diagnostics: &mut Diagnostics) {
    let LockedState { name, trigger, .. } = locked;
    let Some(running) = node.keeping.running.filter(|_| trigger != ITEM_BY_ITEM) else {
        return;
    };
    diagnostics
        .error(
            running,
            format!("`{name}` no longer fits `streamflow.lock`: it is locked as `{trigger}`"),
        )
        .help(format!(
            "write `{}` again instead of `running`",
            written(trigger)
        ))
        .help(format!(
            "or begin with nothing: give the state another name, and write `drop state {name};`"
        ));
}

fn missing(
    job: &Job,
    name: &Ident,
    lock: &Lock,
    locked: &LockedState,
    diagnostics: &mut Diagnostics,
) {
    let state = &locked.name;
    let is_dropped = job.changes.dropped.iter().any(|dropped| dropped == state);
    // A stage that could not be read may be the one that keeps it.
    let is_hidden = job.nodes.iter().any(|node| node.health == Health::Poisoned);
    if is_dropped || is_hidden {
        return;
    }
    let candidate = job.nodes.iter().find(|node| {
        matches!(
            node.kind,
            Kind::Aggregate(_) | Kind::Join(_) | Kind::UpdateState(_)
        ) && node
            .name
            .as_ref()
            .is_none_or(|name| lock.state(&name.to_string()).is_none())
    });
    let named = candidate.map(|node| {
        let plain = node.text.split(" as ").next().unwrap_or(&node.text);
        format!(
            "if `{}` keeps it now, write `{plain} as {state}`",
            node.text
        )
    });
    diagnostics
        .error(
            name.span(),
            format!(
                "`streamflow.lock` holds the state `{state}`, and no stage of the job keeps it"
            ),
        )
        .maybe_help(named)
        .help(format!(
            "if nothing keeps it any more, write `drop state {state};`"
        ));
}
