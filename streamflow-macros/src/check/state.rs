//! Rules about state: its names and its bounds.

use std::collections::BTreeSet;

use super::Checked;
use crate::diagnostics::Diagnostics;
use crate::model::{Aggregate, Health, Kind, Node, NodeId};
use crate::operators::Keeps;

/// A checkpoint finds state by its name.
pub(super) fn state_names_are_unique(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut seen = BTreeSet::new();
    for name in job.nodes.iter().filter_map(|node| node.name.as_ref()) {
        if !seen.insert(name.to_string()) {
            diagnostics
                .error(
                    name.span(),
                    format!("two stages keep state under the name `{name}`"),
                )
                .help(format!(
                    "checkpoints find state by its name: write `as {name}_2` here"
                ));
        }
    }
    Vec::new()
}

/// State that is not emptied grows with every new key.
pub(super) fn lasting_state_is_bounded(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        if grows(node) && node.keeping.bound.is_none() && node.health == Health::Sound {
            let span = node.keeping.running.unwrap_or_else(|| node.word.span());
            let named = match &node.name {
                Some(_) => String::new(),
                None => format!(" as {}", suggested_name(node)),
            };
            diagnostics
                .error(
                    span,
                    format!("what `{}` keeps grows with every new key", node.word),
                )
                .help(format!(
                    "say what bounds it: `ttl 1h{named}` forgets keys that are not seen for so \
                     long, `cap 100_000{named}` keeps so many, `forever{named}` keeps all"
                ));
        }
    }
    Vec::new()
}

/// What an interval keeps is emptied at its end.
pub(super) fn emptied_state_needs_no_bound(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        let is_emptied = match node.operator().map(|operator| operator.keeps) {
            Some(Keeps::Period) => node.keeping.running.is_none(),
            Some(Keeps::BothSides) => {
                node.trigger.is_some()
                    || node.keeping.window.is_some()
                    || node.keeping.within.is_some()
            }
            Some(Keeps::Nothing | Keeps::Rows | Keeps::PerKey) | None => false,
        };
        if is_emptied && node.keeping.bound.is_some() && node.health == Health::Sound {
            diagnostics
                .error(
                    node.word.span(),
                    format!(
                        "what `{}` keeps is emptied when results leave, and needs no bound",
                        node.word
                    ),
                )
                .help("take `ttl`, `cap` or `forever` away");
        }
    }
    Vec::new()
}

/// What `top` ranks comes to an end, and so does what a sketch is of.
pub(super) fn top_is_of_intervals(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        let (Kind::Aggregate(aggregate), Some(running)) = (&node.kind, node.keeping.running) else {
            continue;
        };
        let (does, instead) = match aggregate {
            Aggregate::Top { .. } | Aggregate::HeavyHitters { .. } => {
                ("ranks what comes in some time", "rank")
            }
            Aggregate::ApproxDistinct | Aggregate::Quantile { .. } => {
                ("is of what comes in some time", "ask for")
            }
            _ => continue,
        };
        unfit.push(NodeId(at));
        let word = &node.word;
        diagnostics
            .error(running, format!("`{word}` {does}, and cannot be `running`"))
            .help(format!(
                "{instead} what each interval brings: `every 1s` instead of `running`"
            ))
            .help("or what a window holds: `over hopping 1m by 10s`");
    }
    unfit
}

/// Checkpoints find state by its name, whatever else in the job is changed.
pub(super) fn lasting_state_has_a_name(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        // Where the bound is missing too, that message says both.
        let is_bounded = !grows(node) || node.keeping.bound.is_some();
        let is_nameless = outlives_intervals(node) && node.name.is_none();
        if is_nameless && is_bounded && node.health == Health::Sound {
            diagnostics
                .error(
                    node.word.span(),
                    format!(
                        "what `{}` keeps outlives an interval, and has no name",
                        node.word
                    ),
                )
                .help(format!(
                    "checkpoints find it by its name: write `as {}` behind it",
                    suggested_name(node)
                ));
        }
    }
    Vec::new()
}

/// Whether nothing empties what the stage keeps.
fn grows(node: &Node) -> bool {
    node.keeping.running.is_some()
        || node
            .operator()
            .is_some_and(|operator| operator.keeps == Keeps::PerKey)
}

fn outlives_intervals(node: &Node) -> bool {
    let keeps = node.operator().map(|operator| operator.keeps);
    match keeps {
        Some(Keeps::PerKey) => true,
        Some(Keeps::Period) => node.keeping.running.is_some() || node.keeping.window.is_some(),
        Some(Keeps::BothSides) => node.keeping.within.is_some() || node.keeping.window.is_some(),
        Some(Keeps::Nothing | Keeps::Rows) | None => false,
    }
}

fn suggested_name(node: &Node) -> &'static str {
    match node.word.to_string().as_str() {
        "count" | "count_by_key" | "count_by_value" => "counts",
        "dedup" | "distinct" => "seen",
        "table" => "latest",
        _ if node.inputs.len() > 1 => "matches",
        _ => "totals",
    }
}
