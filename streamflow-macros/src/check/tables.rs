//! Rules about joins of a stream and a table.

use super::Checked;
use super::flow::{EventTime, Shape};
use crate::diagnostics::Diagnostics;
use crate::model::{Health, Join, Kind, Node, NodeId};

/// The joins that look into a table, with their places.
fn look_ups(
    Checked { job, flows }: Checked<'_>,
) -> impl Iterator<Item = (NodeId, &Node, Join)> + '_ {
    let nodes = job.nodes.iter().enumerate();
    nodes.filter_map(move |(at, node)| {
        let Kind::Join(join) = node.kind else {
            return None;
        };
        let other = node.inputs.get(1)?;
        let is_look_up =
            flows.leaving(*other).shape == Shape::Table && node.health == Health::Sound;
        is_look_up.then_some((NodeId(at), node, join))
    })
}

/// What the table has by itself does not flow: an item must ask for it.
pub(super) fn streams_look_into_tables(
    checked: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (id, node, join) in look_ups(checked) {
        let word = &node.word;
        let (what, instead) = match join {
            Join::Inner | Join::Left | Join::Semi | Join::Anti => continue,
            Join::Right => ("values of the table that meet no item", "join"),
            Join::Full => ("values of the table that meet no item", "left_join"),
            Join::Cogroup => ("all values of both sides", "left_join"),
        };
        let text = node.text.replacen(&word.to_string(), instead, 1);
        diagnostics
            .error(
                word.span(),
                format!("`{word}` gives {what}, and a table gives none before an item asks for it"),
            )
            .help(format!("write `{text}`"));
        unfit.push(id);
    }
    unfit
}

/// The table keeps what is looked up; the join has nothing to bound or to name, unless items wait.
pub(super) fn look_ups_keep_nothing(
    checked: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for (_, node, _) in look_ups(checked) {
        let word = &node.word;
        if node.keeping.bound.is_some() {
            diagnostics
                .error(
                    word.span(),
                    format!("`{word}` keeps nothing for long: what it looks up, the table keeps"),
                )
                .help("write `ttl`, `cap` or `forever` behind `table`, and take it away here");
        }
        if let (Some(name), None) = (&node.name, node.keeping.as_of) {
            diagnostics
                .error(
                    name.span(),
                    format!("`{word}` keeps nothing here that could have a name"),
                )
                .help(format!(
                    "take `as {name}` away: what it looks up is kept under the name of the table"
                ));
        }
    }
    Vec::new()
}

/// Nothing closes at a table: an item that comes late meets what is still there.
pub(super) fn nothing_is_late_for_a_table(
    checked: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let Checked { flows, .. } = checked;
    for (_, node, _) in look_ups(checked) {
        let Some(late) = node.keeping.late else {
            continue;
        };
        // Where items have no time of their own, that has been told.
        if flows.reaching(node).event_time == EventTime::Given {
            diagnostics
                .error(
                    late.word,
                    format!(
                        "nothing is late for `{}`: what comes late meets what the table still has",
                        node.word
                    ),
                )
                .help("take `late …` away");
        }
    }
    Vec::new()
}

/// `as_of` compares the time of an item with those of the versions.
pub(super) fn moments_are_told_on_both_sides(
    checked: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let Checked { job, flows } = checked;
    let mut unfit = Vec::new();
    for (id, node, _) in look_ups(checked) {
        let (Some(as_of), Some(table)) = (node.keeping.as_of, node.inputs.get(1)) else {
            continue;
        };
        let untimed = if flows.reaching(node).event_time == EventTime::None {
            Some(node)
        } else if flows.leaving(*table).event_time == EventTime::None {
            job.node(*table)
        } else {
            None
        };
        let Some(Node { word, text, .. }) = untimed else {
            continue;
        };
        diagnostics
            .error(
                as_of,
                format!(
                    "`as_of` looks into the table as it was at an item's own time, and nothing in \
                     front of `{word}` says what that is"
                ),
            )
            .help(format!(
                "say it there: `| event_time(|item| item.at) lag 5s | {text}`"
            ));
        unfit.push(id);
    }
    unfit
}
