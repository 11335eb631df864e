//! Rules about which kind of stream a stage takes: pairs, changes, a table.

use super::Checked;
use super::flow::Shape;
use super::items::Items;
use crate::closure::Function;
use crate::diagnostics::Diagnostics;
use crate::model::{Aggregate, Each, Emit, Health, Job, Kind, Node, NodeId, Plain, Reducer};
use crate::operators::{Keeps, Needs, SINKS};

/// Keyed operators group by the first half of a pair. Gives those that get something else.
pub(super) fn keyed_operators_need_pairs(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        let needs_pairs = node
            .operator()
            .is_some_and(|operator| operator.needs == Needs::Pairs);
        if !needs_pairs || node.health == Health::Poisoned {
            continue;
        }
        // Both sides of a join have keys.
        for input in &node.inputs {
            let found = match &flows.leaving(*input).items {
                Items::Other(found) => found.as_str(),
                Items::Results => "`Result`s",
                Items::Pairs | Items::PairsOfResults | Items::Unknown => continue,
            };
            unfit.push(NodeId(at));
            let word = &node.word;
            diagnostics
                .error(
                    word.span(),
                    format!(
                        "`{word}` needs `(key, value)` pairs, but the items reaching it are {found}"
                    ),
                )
                .help(format!(
                    "put `| key_by(|item| …)` or `| map(|item| (key, value))` in front of `{word}`"
                ));
            break;
        }
    }
    unfit
}

/// What may have failed is no number: its value is taken out first. Gives the aggregates that get
/// such items.
pub(super) fn numbers_are_taken_out_first(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        let (does, values) = match &node.kind {
            Kind::Aggregate(Aggregate::Sum) => ("adds numbers", "items"),
            Kind::Aggregate(Aggregate::Average) => ("averages numbers", "items"),
            Kind::Aggregate(Aggregate::Quantile { .. }) => ("ranks numbers", "items"),
            Kind::Aggregate(Aggregate::Min | Aggregate::Max) => ("compares values", "items"),
            Kind::Aggregate(Aggregate::Reduce(Reducer::Sign { .. })) => {
                ("combines numbers", "items")
            }
            Kind::Aggregate(Aggregate::ReduceByKey(Reducer::Sign { .. })) => {
                ("combines numbers", "values")
            }
            _ => continue,
        };
        let wanted = if values == "items" {
            Items::Results
        } else {
            Items::PairsOfResults
        };
        if flows.reaching(node).items != wanted {
            continue;
        }
        unfit.push(NodeId(at));
        let word = &node.word;
        diagnostics
            .error(
                word.span(),
                format!("`{word}` {does}, and the {values} reaching it are `Result`s"),
            )
            .help(
                "take the number out in the closure, by `?` behind `parse::<u64>()`: what fails \
                 meets the stage's policy, `else skip`",
            );
    }
    unfit
}

/// A table holds values, and nothing flows out of it.
pub(super) fn tables_meet_streams_in_joins(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        // Of a union, all inputs flow on; what stands in the parentheses of a join may be a table.
        let flowing = match node.kind {
            Kind::Union => node.inputs.len(),
            _ => 1,
        };
        let mut flowing = node.inputs.iter().take(flowing);
        let is_table = |input: &&NodeId| flows.leaving(**input).shape == Shape::Table;
        let Some(first) = flowing.clone().find(is_table).or_else(|| flowing.next()) else {
            continue;
        };
        let word = &node.word;
        let shape = flows.leaving(*first).shape;
        let wants_table = node
            .operator()
            .is_some_and(|operator| operator.needs == Needs::Table);
        match (shape, wants_table) {
            (Shape::Table, false) if node.health != Health::Poisoned => {
                unfit.push(NodeId(at));
                let table = name_of(job, *first).unwrap_or_else(|| "prices".to_owned());
                diagnostics
                    .error(
                        word.span(),
                        format!("`{word}` works on a stream, and a table reaches it"),
                    )
                    .help(format!(
                        "a table is looked into by a stream: `orders | join({table})`"
                    ));
            }
            (Shape::Stream | Shape::Changes, true) => {
                unfit.push(NodeId(at));
                diagnostics
                    .error(
                        word.span(),
                        format!("`{word}` takes a table, and a stream reaches it"),
                    )
                    .help("make a table of it in front: `| table forever as latest`");
            }
            _ => {}
        }
    }
    unfit
}

/// The name that `let` gives a stream.
fn name_of(job: &Job, id: NodeId) -> Option<String> {
    job.bindings
        .iter()
        .find(|binding| binding.node == id)
        .map(|binding| binding.name.to_string())
}

/// What takes the place of an earlier item must not be counted beside it.
pub(super) fn aggregates_take_streams(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        let gathers = node.operator().is_some_and(|operator| {
            matches!(operator.keeps, Keeps::Period | Keeps::BothSides)
                || (operator.keeps == Keeps::PerKey && operator.name != "table")
        });
        let changes = node
            .inputs
            .iter()
            .find(|input| flows.leaving(**input).shape == Shape::Changes);
        if let (true, Some(changes)) = (gathers, changes) {
            let word = &node.word;
            diagnostics
                .error(
                    word.span(),
                    format!("`{word}` would take every change of a result for a result of its own"),
                )
                .help(final_instead(job, *changes));
        }
    }
    Vec::new()
}

/// A file keeps the line that was written first; only some sinks can take a change.
pub(super) fn append_only_sinks_take_no_changes(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in job.nodes.iter().filter(|node| node.is_sink()) {
        let Some(input) = node.inputs.first() else {
            continue;
        };
        if flows.leaving(*input).shape != Shape::Changes || takes_changes(node) {
            continue;
        }
        let word = &node.word;
        let help = match node.kind {
            Kind::ToKafka { .. } if is_one_total(job, *input) => {
                "give each message the same key, as the last one alone counts, for a compacted \
                 topic: `key: |_| \"total\"`"
                    .to_owned()
            }
            Kind::ToKafka { .. } => {
                "give each message the key whose value it replaces, for a compacted topic: \
                 `key: |(key, _)| key`"
                    .to_owned()
            }
            _ => final_instead(job, *input),
        };
        diagnostics
            .error(
                word.span(),
                format!("`{word}` can only append, and changes of earlier results reach it"),
            )
            .help(help);
    }
    Vec::new()
}

/// Answers that overtake each other would let an earlier result of a key take the place of a later one.
pub(super) fn changes_stay_in_order(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        let (Kind::Asking(_), Some(unordered)) = (&node.kind, node.keeping.answers.unordered)
        else {
            continue;
        };
        if flows.reaching(node).shape == Shape::Changes {
            diagnostics
                .error(
                    unordered,
                    "an earlier result could overtake the one that takes its place",
                )
                .help("take `unordered` away: changes go on in their order");
        }
    }
    Vec::new()
}

/// Whether the changes are those of one result without a key.
fn is_one_total(job: &Job, changes: NodeId) -> bool {
    let mut id = Some(changes);
    while let Some(node) = id.and_then(|id| job.node(id)) {
        match &node.kind {
            Kind::Aggregate(aggregate) => return !aggregate.is_keyed(),
            // There is one for each window.
            Kind::Plain(Plain::WithWindow) => return false,
            _ => {}
        }
        id = node.inputs.first().copied();
    }
    false
}

fn takes_changes(node: &Node) -> bool {
    match &node.kind {
        Kind::ToKafka { key, .. } => key.is_some(),
        Kind::ToParts { .. } => false,
        Kind::ToReserved(connector) => SINKS
            .iter()
            .any(|sink| sink.name == connector.name && sink.updates),
        // Whoever reads the output sees the latest row last; code of the user's knows what to do.
        _ => true,
    }
}

/// How to get each result once instead.
fn final_instead(job: &Job, changes: NodeId) -> String {
    let mut id = Some(changes);
    while let Some(node) = id.and_then(|id| job.node(id)) {
        if node.keeping.running.is_some() {
            return format!(
                "let `{}` give each result once, at the end of an interval: `every 1s` instead of \
                 `running`",
                node.word
            );
        }
        let told = match node.keeping.emit {
            Some(Emit::Changes) => Some("emit changes"),
            Some(Emit::Updates { .. }) => Some("emit updates …"),
            Some(Emit::Final) | None => None,
        };
        if let Some(told) = told {
            return format!(
                "let `{}` give each result once: take its `{told}` away",
                node.word
            );
        }
        id = node.inputs.first().copied();
    }
    "write `every 1s` on the aggregate in front".to_owned()
}

/// A closure that says what it takes says what the items are. Gives those that say something else.
///
/// The Rust compiler would advise to convert the operator.
pub(super) fn parameters_are_of_the_items_type(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        let Kind::Each(each, Function::Closure(closure)) = &node.kind else {
            continue;
        };
        let Items::Other(found) = flows.reaching(node).items else {
            continue;
        };
        let (syn::Pat::Type(parameter), true) = (&closure.pattern, found.ends_with("`&str`"))
        else {
            continue;
        };
        let written = crate::text::of(&quote::ToTokens::to_token_stream(&parameter.ty));
        if !matches!(
            written.as_str(),
            "String" | "&String" | "str" | "Vec<u8>" | "&[u8]"
        ) {
            continue;
        }
        let lends = matches!(each, Each::Filter | Each::Inspect | Each::KeyBy);
        let is = if lends { "&&str" } else { "&str" };
        unfit.push(NodeId(at));
        diagnostics
            .error(
                syn::spanned::Spanned::span(&parameter.ty),
                format!("the items reaching this closure are `{is}`, not `{written}`"),
            )
            .help(format!(
                "write `|{}|`: the type is known; `.to_owned()` makes a `String` of it",
                crate::text::of(&quote::ToTokens::to_token_stream(&parameter.pat))
            ));
    }
    unfit
}
