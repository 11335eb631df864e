//! Resolves one operator stage: looks the word up, and reads what the operator takes.

use super::aggregates::{self, agg_by_key, aggregate_by_key, how_many, reduced, update_state};
use super::arguments;
use super::builder::{Builder, NewStage};
use super::clauses::{self, Takes};
use super::{asking, join, passing, quantile, reserved, split};
use crate::closure::{self, Forbidden};
use crate::diagnostics::Diagnostics;
use crate::model::{Aggregate, Each, Health, Inverse, Join, Kind, NodeId, Plain, Trigger};
use crate::operators::{self as table, Elsewhere, Keeps, Operator};
use crate::suggest;
use crate::support::{self, What};
use crate::syntax::{Operation, Stage};

/// Adds an operator stage behind `input`.
pub(super) fn stage(
    operation: &Operation,
    input: NodeId,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> NodeId {
    let word = operation.word.to_string();
    let Some(operator) = table::operator(&word) else {
        unknown(operation, builder, diagnostics);
        return builder.hole(Some(input));
    };
    if word == "split" {
        return split::stage(operation, operator, input, builder, diagnostics);
    }
    let used = support::used(What::Operator, &word, operation.word.span());
    let is_later = builder.note_later(used.into_iter().collect(), operation);
    braces(operation, operator, diagnostics);
    if arguments::are_elsewhere(operation, operator) {
        return builder.hole(Some(input));
    }
    let resolved = kind(operation, operator, builder, diagnostics);
    let takes = takes(operator, resolved.as_ref().map(|resolved| &resolved.kind));
    let mut read = clauses::read(
        operation,
        Takes {
            clauses: &takes,
            format: false,
            keeps: operator.keeps,
        },
        diagnostics,
    );
    builder.interval_told |= clauses::misplaces_interval(operation, &takes);
    let Some(resolved) = resolved.filter(|_| !read.unusable) else {
        return builder.hole(Some(input));
    };
    let mut health = if read.mended {
        Health::Mended
    } else {
        Health::Sound
    };
    let has_period =
        read.trigger.is_some() || read.keeping.window.is_some() || read.keeping.running.is_some();
    // Lasting state whose results leave at intervals says so too.
    let needs_period = operator.is_aggregate()
        || operator.keeps == Keeps::PerKey && operator.clauses.contains(&"every");
    if needs_period && !has_period && !read.mended {
        if !builder.interval_told {
            no_period(operation, operator, diagnostics);
        }
        health = Health::Mended;
        read.trigger = Some(Trigger {
            every_ms: 1_000,
            span: operation.word.span(),
        });
    }
    read.keeping.inverse = resolved.inverse;
    let mut later = resolved.later;
    later.extend(match resolved.kind {
        Kind::UpdateState(_) => aggregates::unsupported_bound(operation),
        Kind::Aggregate(ref aggregate) => {
            aggregates::unsupported_emit(operation, aggregate, &read.keeping)
        }
        _ => None,
    });
    if read.late_policy.is_some() {
        later.extend(aggregates::unsupported_late(&read.keeping));
    }
    later.append(&mut read.later);
    let is_later = is_later || builder.note_later(later, operation);
    let stage = NewStage {
        word: &operation.word,
        text: &operation.text,
        kind: resolved.kind,
        trigger: read.trigger,
        policy: read.policy,
        late_policy: read.late_policy,
        name: read.name,
        keeping: read.keeping,
        nondet: read.nondet,
        later: is_later,
        health,
    };
    let inputs = std::iter::once(input).chain(resolved.other).collect();
    let node = builder.add(stage, inputs);
    builder.bind_refused(node, diagnostics);
    node
}

/// `group_by_key | count every 1s`: grouping is no stage of its own in front of an aggregate.
pub(super) fn groups_only(
    stage: &Stage,
    next: Option<&Stage>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let (Stage::Operator(group), Some(Stage::Operator(next))) = (stage, next) else {
        return false;
    };
    if group.word != "group_by_key" || !group.clauses.is_empty() || group.args.is_some() {
        return false;
    }
    let clauses = match clauses::written(next) {
        none if none.is_empty() => " every 1s".to_owned(),
        written => written,
    };
    let one = match next.word.to_string().as_str() {
        "count" => "count_by_key".to_owned(),
        "sum" => "reduce_by_key(+)".to_owned(),
        "min" | "max" => format!("reduce_by_key({})", next.word),
        "reduce" => {
            let args = next.args.as_ref().map(arguments::text);
            format!("reduce_by_key{}", args.unwrap_or_default())
        }
        _ => return false,
    };
    diagnostics
        .error(
            group.word.span(),
            format!("`group_by_key | {}` is one operator here", next.word),
        )
        .help(format!("write `{one}{clauses}`"));
    true
}

/// What an operator stage is.
pub(super) struct Resolved {
    pub(super) kind: Kind,
    /// The second stream of a join.
    pub(super) other: Option<NodeId>,
    pub(super) inverse: Option<Inverse>,
    pub(super) later: Vec<support::Use>,
}

impl From<Kind> for Resolved {
    fn from(kind: Kind) -> Self {
        Resolved {
            kind,
            other: None,
            inverse: None,
            later: Vec::new(),
        }
    }
}

/// The clauses of an operator in the use that is made of it: an `else` needs a function.
fn takes(operator: &Operator, kind: Option<&Kind>) -> Vec<&'static str> {
    let can_have_else = operator.is_aggregate()
        || matches!(
            kind,
            None | Some(
                Kind::Each(..)
                    | Kind::Batch(..)
                    | Kind::Asking(_)
                    | Kind::Reserved { .. }
                    | Kind::Split { .. }
            )
        );
    operator
        .clauses
        .iter()
        .copied()
        .filter(|clause| *clause != "else" || can_have_else)
        .collect()
}

/// An aggregate over an endless stream would never give a result.
fn no_period(operation: &Operation, operator: &Operator, diagnostics: &mut Diagnostics) {
    let interval = match operator.keeps {
        Keeps::PerKey => "every 1s forever as totals",
        _ => "every 1s",
    };
    let mut added = diagnostics
        .error(
            operation.word.span(),
            format!("`{}` does not say when its results leave", operator.name),
        )
        .help(format!(
            "write the interval: `{}`",
            clauses::with_clause(operation, interval)
        ));
    for (clause, text, what) in [
        ("over", "over tumbling 1m as name", "a window with a name"),
        (
            "running",
            "running forever as name",
            "a total that never begins anew",
        ),
    ] {
        let ends = ["top", "heavy_hitters", "approx_distinct", "quantile"];
        let ranks = clause == "running" && ends.contains(&operator.name);
        let takes = operator.clauses.contains(&clause) && !ranks;
        if takes && support::is_supported(What::Clause, clause) {
            added = added.help(format!(
                "for {what}: `{}`",
                clauses::with_clause(operation, text)
            ));
        }
    }
}

/// A block where none belongs, or parentheses where a block does.
fn braces(operation: &Operation, operator: &Operator, diagnostics: &mut Diagnostics) {
    let word = &operation.word;
    let wants_block = operator.arguments == table::Arguments::Block;
    if let Some(body) = operation.body.as_ref().filter(|_| !wants_block) {
        diagnostics
            .error(
                body.span_open(),
                format!("`{word}` takes no block in braces"),
            )
            .help(format!("write its arguments in parentheses: `{word}(…)`"));
    }
    if let Some(args) = operation.args.as_ref().filter(|_| wants_block) {
        diagnostics
            .error(
                args.span_open(),
                format!("`{word}` takes a block in braces"),
            )
            .help(format!("write `{}`", operator.example));
    }
}

fn unknown(operation: &Operation, builder: &mut Builder, diagnostics: &mut Diagnostics) {
    let word = operation.word.to_string();
    let elsewhere = table::from_elsewhere(&word);
    builder.interval_told |= matches!(elsewhere, Some(Elsewhere::Answer(table::INTERVAL)));
    builder.names_told |=
        matches!(elsewhere, Some(Elsewhere::Operator(operator)) if operator.name == "split");
    if table::sink(&word).is_some() {
        diagnostics
            .error(
                operation.word.span(),
                format!("expected `to` in front of `{word}`"),
            )
            .help(format!("write `to {}`", operation.text));
        return;
    }
    if word == "tee" {
        let inside = operation
            .args
            .as_ref()
            .map(|args| crate::text::of(&args.stream()));
        diagnostics
            .error(
                operation.word.span(),
                "the branches of `tee` stand in braces",
            )
            .help(format!(
                "write `tee {{ {} }}`",
                inside.unwrap_or_else(|| "print".to_owned())
            ));
        return;
    }
    let (message, help) = match elsewhere {
        Some(Elsewhere::Operator(operator)) => {
            let here = format!("`{word}` is written `{}` here", operator.name);
            if support::is_supported(What::Operator, operator.name) {
                (here, Some(format!("write `{}`", operator.example)))
            } else {
                let until_then = support::until_then(What::Operator, operator.name);
                (
                    format!("{here}, and is not supported yet"),
                    until_then.map(str::to_owned),
                )
            }
        }
        Some(Elsewhere::Answer(answer)) => (
            format!("there is no operator `{word}` here"),
            Some(answer.to_owned()),
        ),
        None => {
            let known = table::OPERATORS.iter().map(|operator| operator.name);
            let near = suggest::nearest(&word, known.clone().chain(["tee", "to"]))
                // `count_by` for `count_by_key`
                .or_else(|| {
                    known
                        .clone()
                        .find(|name| word.len() > 4 && name.starts_with(&word))
                });
            (
                format!("no operator is named `{word}`"),
                Some(near.map_or_else(
                    || "for code of your own on each item, write `map(|item| …)` or `flat_map(|item| …)`".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                )),
            )
        }
    };
    diagnostics
        .error(operation.word.span(), message)
        .maybe_help(help);
}

/// What an operator is whose name says it all.
fn alone(name: &str) -> Option<Kind> {
    match name {
        "flatten" => Some(Kind::Plain(Plain::Flatten)),
        "keys" => Some(Kind::Plain(Plain::Keys)),
        "values" => Some(Kind::Plain(Plain::Values)),
        "swap" => Some(Kind::Plain(Plain::Swap)),
        "timestamp" => Some(Kind::Plain(Plain::Timestamp)),
        "with_window" => Some(Kind::Plain(Plain::WithWindow)),
        "count_by_key" => Some(Kind::Aggregate(Aggregate::CountByKey)),
        "group_by_key" => Some(Kind::Aggregate(Aggregate::GroupByKey)),
        "count_by_value" => Some(Kind::Aggregate(Aggregate::CountByValue)),
        "distinct" => Some(Kind::Aggregate(Aggregate::Distinct)),
        "count" => Some(Kind::Aggregate(Aggregate::Count)),
        "sum" => Some(Kind::Aggregate(Aggregate::Sum)),
        "average" => Some(Kind::Aggregate(Aggregate::Average)),
        "min" => Some(Kind::Aggregate(Aggregate::Min)),
        "max" => Some(Kind::Aggregate(Aggregate::Max)),
        "approx_distinct" => Some(Kind::Aggregate(Aggregate::ApproxDistinct)),
        _ => None,
    }
}

/// What the stage does; `None` where its arguments are wrong, which is then reported.
fn kind(
    operation: &Operation,
    operator: &'static Operator,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> Option<Resolved> {
    let each = match operator.name {
        "map" => Some(Each::Map),
        "filter" => Some(Each::Filter),
        "filter_map" => Some(Each::FilterMap),
        "flat_map" => Some(Each::FlatMap),
        "inspect" => Some(Each::Inspect),
        "try_map" => Some(Each::TryMap),
        "map_values" => Some(Each::MapValues),
        "flat_map_values" => Some(Each::FlatMapValues),
        "key_by" => Some(Each::KeyBy),
        "for_each" => Some(Each::ForEach),
        _ => None,
    };
    if let Some(each) = each {
        let function = arguments::function(operation, operator, diagnostics)?;
        let forbidden = match each {
            Each::ForEach | Each::Inspect => closure::no_call(operator.name, &function),
            _ => closure::value_of_item(operator.name, &function),
        };
        sound(forbidden, diagnostics)?;
        return Some(Kind::Each(each, function).into());
    }
    let batch = match operator.name {
        "map_batch" => Some(Each::FlatMap),
        "for_each_batch" => Some(Each::ForEach),
        _ => None,
    };
    if let Some(batch) = batch {
        let function = arguments::function(operation, operator, diagnostics)?;
        let forbidden = match batch {
            Each::ForEach => closure::no_call(operator.name, &function),
            _ => closure::value_of_item(operator.name, &function),
        };
        sound(forbidden, diagnostics)?;
        return Some(Kind::Batch(batch, function).into());
    }
    let plain = alone(operator.name);
    if let Some(plain) = plain {
        arguments::none(operation, operator, diagnostics)?;
        return Some(plain.into());
    }
    if let Some(join) = Join::named(operator.name) {
        let other = join::other(operation, operator, builder, diagnostics)?;
        return Some(Resolved {
            kind: Kind::Join(join),
            other: Some(other),
            inverse: None,
            later: Vec::new(),
        });
    }
    match operator.name {
        "reduce_by_key" => reduced(operation, Aggregate::ReduceByKey, diagnostics),
        "reduce" => reduced(operation, Aggregate::Reduce, diagnostics),
        "update_state" => update_state(operation, operator, diagnostics).map(Into::into),
        "aggregate_by_key" => aggregate_by_key(operation, operator, diagnostics).map(Into::into),
        "agg_by_key" => agg_by_key(operation, operator, builder, diagnostics).map(Into::into),
        "sample" | "throttle" | "repartition" => {
            reserved::arguments(operation, operator, builder, diagnostics)?;
            passing::stage(operation).map(|passing| Kind::Passing(passing).into())
        }
        "map_async" | "lookup" => asking::stage(operation, operator, diagnostics).map(Into::into),
        "quantile" => quantile::stage(operation, operator, diagnostics).map(Into::into),
        "top" | "heavy_hitters" => {
            let n = how_many(operation, operator, builder, diagnostics)?;
            let aggregate = match operator.name {
                "top" => Aggregate::Top { n },
                _ => Aggregate::HeavyHitters { n },
            };
            Some(Kind::Aggregate(aggregate).into())
        }
        "print" => print(operation, diagnostics).map(Into::into),
        _ => {
            let read = reserved::arguments(operation, operator, builder, diagnostics)?;
            Some(
                Kind::Reserved {
                    operator,
                    functions: read.functions,
                    ordered: read.ordered,
                }
                .into(),
            )
        }
    }
}

/// Reports what a function cannot be, if there is anything.
pub(super) fn sound(forbidden: Option<Forbidden>, diagnostics: &mut Diagnostics) -> Option<()> {
    let Some(one) = forbidden else {
        return Some(());
    };
    diagnostics.error(one.span, one.message).help(one.help);
    None
}

fn print(operation: &Operation, diagnostics: &mut Diagnostics) -> Option<Kind> {
    let arguments = arguments::list(operation, diagnostics)?;
    let mut values = arguments.into_iter().map(|argument| argument.value);
    let limit = values.next();
    if let Some(second) = values.next() {
        diagnostics
            .error(
                arguments::span_of(&second),
                "`print` takes at most one number",
            )
            .help("write `print(10)` for the first 10 rows of each interval");
        return None;
    }
    if let Some(syn::Expr::Closure(_)) = &limit {
        diagnostics
            .error(
                operation.word.span(),
                "`print` takes the number of rows to show, not a closure",
            )
            .help("make what is shown in front: `map(|item| …) | print`");
        return None;
    }
    if let Some(syn::Expr::Lit(literal)) = &limit
        && !matches!(literal.lit, syn::Lit::Int(_))
    {
        diagnostics
            .error(
                arguments::span_of(literal),
                "`print` takes the number of rows to show",
            )
            .help("write `print`, or `print(10)` for the first 10 rows of each interval");
        return None;
    }
    if let Some(syn::Expr::Unary(negative)) = &limit {
        diagnostics
            .error(
                arguments::span_of(negative),
                "`print` takes the number of rows to show",
            )
            .help("write `print` for all rows of each interval");
        return None;
    }
    Some(Kind::Print { limit })
}
