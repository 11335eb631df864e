//! Resolves one operator stage: looks the word up, and reads what the operator takes.

use proc_macro2::Ident;

use super::arguments;
use super::builder::{Builder, NewStage};
use super::clauses::{self, Takes};
use crate::diagnostics::Diagnostics;
use crate::model::{Aggregate, Each, Health, Kind, NodeId, Plain, Trigger};
use crate::operators::{self as table, Elsewhere, Operator, Support, Trigger as Interval};
use crate::suggest;
use crate::syntax::Operation;

/// Adds an operator stage behind `input`.
pub(super) fn stage(
    operation: &Operation,
    input: NodeId,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> NodeId {
    let word = operation.word.to_string();
    let Some(operator) = table::operator(&word) else {
        unknown(operation, diagnostics);
        return builder.hole(Some(input));
    };
    if operator.support == Support::Later {
        diagnostics
            .error(
                operation.word.span(),
                format!("`{word}` is not supported yet"),
            )
            .maybe_help(until_then(&word));
        if let Some(args) = &operation.args {
            builder.mention(&args.stream());
        }
        return builder.hole(Some(input));
    }
    stray_body(operation, diagnostics);
    if arguments::are_elsewhere(operation) {
        return builder.hole(Some(input));
    }
    let kind = kind(operation, operator, diagnostics);
    let read = clauses::read(operation, takes(operator, kind.as_ref()), diagnostics);
    let Some(kind) = kind else {
        return builder.hole(Some(input));
    };
    if read.unusable {
        return builder.hole(Some(input));
    }
    let mut health = if read.mended {
        Health::Mended
    } else {
        Health::Sound
    };
    let trigger = match (operator.trigger, read.trigger) {
        (Interval::Required, None) => {
            no_interval(operation, operator, diagnostics);
            health = Health::Mended;
            Some(Trigger {
                every_ms: 1_000,
                span: operation.word.span(),
            })
        }
        (_, trigger) => trigger,
    };
    let stage = NewStage {
        word: &operation.word,
        text: &operation.text,
        kind,
        trigger,
        policy: read.policy,
        name: read.name,
        health,
    };
    builder.add(stage, vec![input])
}

fn takes(operator: &Operator, kind: Option<&Kind>) -> Takes {
    let aggregate = operator.trigger == Interval::Required;
    let function = matches!(kind, None | Some(Kind::Each(..)));
    Takes {
        every: operator.trigger != Interval::None,
        format: false,
        name: aggregate,
        policy: aggregate || function,
    }
}

/// An aggregate over an endless stream would never give a result.
fn no_interval(operation: &Operation, operator: &Operator, diagnostics: &mut Diagnostics) {
    let word = &operation.word;
    let args = operation.args.as_ref().map(arguments::text);
    diagnostics
        .error(
            word.span(),
            format!("`{}` does not say when its results leave", operator.name),
        )
        .help(format!(
            "write the interval: `{word}{} every 1s`",
            args.unwrap_or_default()
        ));
}

fn stray_body(operation: &Operation, diagnostics: &mut Diagnostics) {
    if let Some(body) = &operation.body {
        diagnostics
            .error(
                body.span_open(),
                format!("`{}` takes no block in braces", operation.word),
            )
            .help(format!(
                "write its arguments in parentheses: `{}(…)`",
                operation.word
            ));
    }
}

fn unknown(operation: &Operation, diagnostics: &mut Diagnostics) {
    let word = operation.word.to_string();
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
    let (message, help) = match table::from_elsewhere(&word) {
        Some(Elsewhere::Operator(operator)) => (
            format!("`{word}` is written `{}` here", operator.name),
            Some(format!("write `{}`", operator.example)),
        ),
        Some(Elsewhere::Answer(answer)) => (
            format!("there is no operator `{word}` here"),
            Some(answer.to_owned()),
        ),
        None => {
            let known = table::OPERATORS.iter().map(|operator| operator.name);
            let near = suggest::nearest(&word, known.chain(["tee", "to"]));
            (
                format!("no operator is named `{word}`"),
                near.map(|near| format!("did you mean `{near}`?")),
            )
        }
    };
    diagnostics
        .error(operation.word.span(), message)
        .maybe_help(help);
}

fn until_then(word: &str) -> Option<String> {
    let text = match word {
        "flat_map_values" => "write `flat_map(|(key, value)| …)`",
        "swap" => "write `map(|(a, b)| (b, a))`",
        "split" => "write `tee { filter(|item| …) | …; filter(|item| …) | … }`",
        "group_by_key" => {
            "gather the values: `aggregate_by_key(Vec::new(), |mut all, value| { all.push(value); all }, |mut a, b| { a.extend(b); a }) every 1s`"
        }
        "agg_by_key" => "write `aggregate_by_key(init, add, merge) every 1s`",
        "count_by_value" => "write `map(|item| (item, 1u64)) | reduce_by_key(+) every 1s`",
        "distinct" => "write `map(|item| (item, ())) | count_by_key every 1s | keys`",
        "for_each_batch" => "write `for_each(|item| …)`",
        _ => return None,
    };
    Some(text.to_owned())
}

/// What the stage does; `None` where its arguments are wrong, which is then reported.
fn kind(operation: &Operation, operator: &Operator, diagnostics: &mut Diagnostics) -> Option<Kind> {
    let each = |each: Each, diagnostics: &mut Diagnostics| {
        arguments::function(operation, operator, diagnostics).map(|f| Kind::Each(each, f))
    };
    let plain = |kind: Kind, diagnostics: &mut Diagnostics| {
        arguments::none(operation, diagnostics);
        Some(kind)
    };
    let reduced = |make: fn(crate::model::Reducer) -> Aggregate, diagnostics: &mut Diagnostics| {
        arguments::reducer(operation, diagnostics).map(|reducer| Kind::Aggregate(make(reducer)))
    };
    match operator.name {
        "map" => each(Each::Map, diagnostics),
        "filter" => each(Each::Filter, diagnostics),
        "filter_map" => each(Each::FilterMap, diagnostics),
        "flat_map" => each(Each::FlatMap, diagnostics),
        "inspect" => each(Each::Inspect, diagnostics),
        "try_map" => each(Each::TryMap, diagnostics),
        "map_values" => each(Each::MapValues, diagnostics),
        "key_by" => each(Each::KeyBy, diagnostics),
        "for_each" => each(Each::ForEach, diagnostics),
        "flatten" => plain(Kind::Plain(Plain::Flatten), diagnostics),
        "keys" => plain(Kind::Plain(Plain::Keys), diagnostics),
        "values" => plain(Kind::Plain(Plain::Values), diagnostics),
        "reduce_by_key" => reduced(Aggregate::ReduceByKey, diagnostics),
        "reduce" => reduced(Aggregate::Reduce, diagnostics),
        "count_by_key" => plain(Kind::Aggregate(Aggregate::CountByKey), diagnostics),
        "aggregate_by_key" => aggregate_by_key(operation, operator, diagnostics),
        "count" => plain(Kind::Aggregate(Aggregate::Count), diagnostics),
        "sum" => plain(Kind::Aggregate(Aggregate::Sum), diagnostics),
        "average" => plain(Kind::Aggregate(Aggregate::Average), diagnostics),
        "min" => plain(Kind::Aggregate(Aggregate::Min), diagnostics),
        "max" => plain(Kind::Aggregate(Aggregate::Max), diagnostics),
        "print" => print(operation, diagnostics),
        other => {
            diagnostics.error(
                operation.word.span(),
                format!("`{other}` is not supported yet"),
            );
            None
        }
    }
}

fn aggregate_by_key(
    operation: &Operation,
    operator: &Operator,
    diagnostics: &mut Diagnostics,
) -> Option<Kind> {
    let word: &Ident = &operation.word;
    let arguments = arguments::list(operation, diagnostics)?;
    let count = arguments.len();
    let Ok([init, add, merge]) = <[arguments::Argument; 3]>::try_from(arguments) else {
        let span = operation
            .args
            .as_ref()
            .map_or(word.span(), proc_macro2::Group::span_close);
        diagnostics
            .error(
                span,
                format!("`{word}` takes `init, add, merge`, and here are {count} arguments"),
            )
            .help(format!("write `{}`", operator.example));
        return None;
    };
    let init = match init.value {
        syn::Expr::Closure(closure) if closure.inputs.is_empty() => *closure.body,
        other => other,
    };
    let add = arguments::combiner(add.value, 2, word, diagnostics);
    let merge = arguments::combiner(merge.value, 2, word, diagnostics);
    Some(Kind::Aggregate(Aggregate::AggregateByKey {
        init,
        add: add?,
        merge: merge?,
    }))
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
    Some(Kind::Print { limit })
}
