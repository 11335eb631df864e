//! Rules about the windows of results.

use super::Checked;
use crate::diagnostics::Diagnostics;
use crate::model::{Health, Job, Kind, Node, NodeId, Plain, Refused, WindowKind};

/// What leaves an aggregate or a join knows its window; further behind nothing does.
pub(super) fn windows_are_told_directly_behind_them(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        let (Kind::Plain(Plain::WithWindow), Health::Sound) = (&node.kind, node.health) else {
            continue;
        };
        let Some(front) = node.inputs.first().and_then(|front| job.node(*front)) else {
            continue;
        };
        if front.health == Health::Poisoned {
            continue;
        }
        if let Some((message, help)) = mistake(job, front) {
            let mut error = diagnostics.error(node.word.span(), message);
            for line in help {
                error = error.help(line);
            }
            unfit.push(NodeId(at));
        }
    }
    unfit
}

/// What is wrong behind a stage, and what to write.
fn mistake(job: &Job, front: &Node) -> Option<(String, Vec<String>)> {
    let word = &front.word;
    match front.kind {
        Kind::Hole => return None,
        Kind::Refused(refused) => {
            let why = match refused {
                Refused::Late => "came too late for theirs",
                Refused::Failed => "could not be taken into any",
            };
            let message = format!("the items of `{word}` are in no window: they {why}");
            return Some((message, vec!["take `with_window` out".to_owned()]));
        }
        _ => {}
    }
    if !matches!(front.kind, Kind::Aggregate(_) | Kind::Join(_)) {
        let message = format!(
            "`with_window` tells the window of a result, and what leaves `{word}` has none"
        );
        return Some((message, vec![elsewhere(job, front)]));
    }
    let Some(window) = &front.keeping.window else {
        return without(job, front);
    };
    match window.kind {
        WindowKind::Rows => Some((
            "a window of rows has no bounds in time: it ends with an item, whenever that comes"
                .to_owned(),
            vec![
                "take `with_window` out, or take a window of time: `over tumbling 1m`".to_owned(),
                "the times of the rows can be a part of the result: `agg_by_key { first: min(|v| \
                 v.at), last: max(|v| v.at) }`"
                    .to_owned(),
            ],
        )),
        WindowKind::Session if window.changes => Some((
            "a session with `emit changes` grows with each item, so its results would come under \
             other keys"
                .to_owned(),
            vec![format!(
                "take `emit changes` away on `{word}`: the session is told when it has ended"
            )],
        )),
        _ => None,
    }
}

/// Behind an aggregate or a join that has no window.
fn without(job: &Job, front: &Node) -> Option<(String, Vec<String>)> {
    let word = &front.word;
    if front.keeping.running.is_some() {
        let message =
            format!("`{word}` is `running`: its result is of all that has come, and of no window");
        let help =
            "write a window in the place of `running`: `over tumbling 1m as name`".to_owned();
        return Some((message, vec![help]));
    }
    if front.trigger.is_some() {
        return None;
    }
    let Kind::Join(_) = front.kind else {
        // It is told there that a window or an interval is missing.
        return None;
    };
    if front.keeping.within.is_some() {
        let message = format!("what leaves this `{word}` is of no window: items meet as they come");
        let help =
            "write a window in the place of `within …`: `over tumbling 1m as name`".to_owned();
        return Some((message, vec![help]));
    }
    let is_table = |other: &NodeId| {
        let operator = job.node(*other).and_then(Node::operator);
        operator.is_some_and(|operator| operator.name == "table")
    };
    front
        .inputs
        .get(1)
        .filter(|other| is_table(other))
        .map(|_| {
            let message =
                format!("`{word}` looks into a table as each item comes, and not in a window");
            (message, vec!["take `with_window` out".to_owned()])
        })
}

/// Where the stage is to stand, as the results of some stage further in front have a window.
fn elsewhere(job: &Job, front: &Node) -> String {
    let mut stage = Some(front);
    while let Some(node) = stage {
        let has_window = node.keeping.window.is_some() || node.trigger.is_some();
        let gives_results = matches!(node.kind, Kind::Aggregate(_) | Kind::Join(_));
        if gives_results && has_window && mistake(job, node).is_none() {
            return format!(
                "write it directly behind `{0}`: `{0} … | with_window`",
                node.word
            );
        }
        stage = match node.inputs.as_slice() {
            [input] => job.node(*input),
            _ => None,
        };
    }
    "write it directly behind a window: `count_by_key over tumbling 1m as views | with_window`"
        .to_owned()
}
