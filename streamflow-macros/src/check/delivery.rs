//! Rules about what happens to records that cannot be processed.

use syn::Expr;

use super::Checked;
use crate::closure::{Closure, Function, Leaves};
use crate::diagnostics::Diagnostics;
use crate::model::{Aggregate, Each, Health, Kind, Measure, NodeId, Reducer};

/// An `else` where nothing can fail says that its author expected something else.
pub(super) fn policies_need_something_that_can_fail(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        let Some(policy) = &node.policy else { continue };
        if node.health == Health::Sound && !can_fail(&node.kind) {
            let word = &node.word;
            diagnostics
                .error(
                    policy.word,
                    format!("this `{word}` cannot fail, so its `else` is never used"),
                )
                .help(advice(&node.kind));
        }
    }
    Vec::new()
}

/// What gives the same each time is tried again in vain.
pub(super) fn retries_are_of_functions(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        let retry = node.policy.as_ref().and_then(|policy| policy.retry);
        let calls_function = match &node.kind {
            Kind::Each(..)
            | Kind::Batch(..)
            | Kind::Asking(_)
            | Kind::Split { .. }
            | Kind::Hole => true,
            Kind::Reserved {
                operator, ordered, ..
            } => operator.name == "event_time" || ordered.is_some(),
            _ => false,
        };
        let Some(retry) = retry.filter(|_| !calls_function) else {
            continue;
        };
        if node.health == Health::Sound {
            let what = match node.kind {
                Kind::Decode { .. } => "decoding",
                _ => "this stage",
            };
            diagnostics
                .error(
                    retry.word,
                    format!("{what} gives the same each time, so `retry` is in vain"),
                )
                .help("take `retry …` out, and say what happens: `else skip`, `else dead_letter(\"topic\")`");
        }
    }
    Vec::new()
}

/// `default` needs a value whose place it can take.
pub(super) fn default_takes_the_place_of_a_value(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        let Some(policy) = node
            .policy
            .as_ref()
            .filter(|policy| policy.default.is_some())
        else {
            continue;
        };
        let gives_value = matches!(
            node.kind,
            Kind::Each(
                Each::Map | Each::TryMap | Each::MapValues | Each::KeyBy | Each::Filter,
                _
            ) | Kind::Asking(_)
                | Kind::Hole
        );
        if node.health == Health::Sound && !gives_value {
            let word = &node.word;
            diagnostics
                .error(
                    policy.word,
                    format!("`{word}` makes no value that `default` could take the place of"),
                )
                .help("write `else skip` to count the record and leave it out, or `else fail` to stop");
        }
    }
    Vec::new()
}

/// A closure that throws away why it failed leaves records out without a trace.
pub(super) fn failures_are_not_lost(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        let (each, closure) = match &node.kind {
            Kind::Each(each @ (Each::FilterMap | Each::FlatMap), Function::Closure(closure)) => {
                (*each, closure)
            }
            _ => continue,
        };
        let Some(call) = closure_end(closure) else {
            continue;
        };
        // An `Option` or a `Result` is walked through like a list of one or none.
        let loses: &[&str] = match each {
            Each::FilterMap => &["ok"],
            _ => &["parse", "ok", "try_into"],
        };
        let lost = call.args.is_empty() && loses.iter().any(|method| call.method == method);
        if !lost {
            continue;
        }
        unfit.push(NodeId(at));
        let pattern = crate::text::of(&quote::ToTokens::to_token_stream(&closure.pattern));
        let tried = match call.method.to_string().as_str() {
            "ok" => &*call.receiver,
            _ => &closure.body,
        };
        let tried = crate::text::of(&quote::ToTokens::to_token_stream(tried));
        diagnostics
            .error(
                call.method.span(),
                format!(
                    "`{}` leaves out records that fail here, and nothing tells how many",
                    node.word
                ),
            )
            .help(format!(
                "write `try_map(|{pattern}| {tried}) else skip`, which counts them"
            ));
    }
    unfit
}

/// The method call that a body ends in.
fn closure_end(closure: &Closure) -> Option<&syn::ExprMethodCall> {
    let mut end = &closure.body;
    loop {
        end = match end {
            Expr::MethodCall(call) => return Some(call),
            Expr::Block(block) => match block.block.stmts.last() {
                Some(syn::Stmt::Expr(last, None)) if block.block.stmts.len() == 1 => last,
                _ => return None,
            },
            Expr::Paren(paren) => &paren.expr,
            _ => return None,
        }
    }
}

/// Whether a function has a `?` that leaves it.
pub(crate) fn leaves_by_try(function: &Function) -> bool {
    matches!(function, Function::Closure(closure) if closure.leaves == Leaves::ByTry)
}

fn advice(kind: &Kind) -> String {
    match kind {
        Kind::Each(Each::Map, Function::Path(_)) => {
            "if the function gives an `Option` or a `Result`, write `try_map`".to_owned()
        }
        Kind::Each(Each::FilterMap, _) => {
            "take the `else` away: items that give `None` are left out".to_owned()
        }
        Kind::Reserved { operator, .. } if operator.name == "event_time" => {
            "take the `else` away, or use `?` in the closure".to_owned()
        }
        Kind::Each(..) | Kind::Batch(..) => {
            "take the `else` away, or use `?` in the closure".to_owned()
        }
        _ => "take the `else` away".to_owned(),
    }
}

/// Whether a stage can refuse a record.
pub(crate) fn can_fail(kind: &Kind) -> bool {
    match kind {
        // `?` gives `None` there, which leaves the item out.
        Kind::Each(Each::FilterMap, _) => false,
        Kind::Split { predicates } => predicates.iter().any(leaves_by_try),
        Kind::Each(each, Function::Closure(closure)) if *each != Each::TryMap => {
            closure.leaves == Leaves::ByTry
        }
        Kind::Batch(_, function) => leaves_by_try(function),
        Kind::Aggregate(aggregate) => match aggregate {
            Aggregate::ReduceByKey(Reducer::Sign { .. })
            | Aggregate::Reduce(Reducer::Sign { .. })
            | Aggregate::Sum => true,
            Aggregate::AggByKey { parts } => parts.iter().any(|part| {
                part.measure == Measure::Sum || part.function.as_ref().is_some_and(leaves_by_try)
            }),
            Aggregate::GroupByKey
            | Aggregate::CountByValue
            | Aggregate::Distinct
            | Aggregate::ReduceByKey(Reducer::Function(_))
            | Aggregate::Reduce(Reducer::Function(_))
            | Aggregate::CountByKey
            | Aggregate::AggregateByKey { .. }
            | Aggregate::Count
            | Aggregate::Average
            | Aggregate::Min
            | Aggregate::Max
            | Aggregate::ApproxDistinct
            | Aggregate::HeavyHitters { .. }
            | Aggregate::Quantile { .. }
            | Aggregate::Top { .. } => false,
        },
        Kind::Reserved {
            operator,
            functions,
            ..
        } if operator.name == "event_time" => functions.iter().any(leaves_by_try),
        Kind::Reserved { operator, .. } if operator.name == "table" => false,
        // What cannot be run yet is asked when it can.
        Kind::Reserved { .. }
        | Kind::ToReserved(_)
        | Kind::Refused(_)
        | Kind::Each(Each::TryMap, _)
        // No answer may come in time.
        | Kind::Asking(_)
        | Kind::Decode { .. }
        | Kind::ToParts { .. }
        | Kind::ToKafka { .. }
        | Kind::Hole => true,
        Kind::Each(..)
        | Kind::Source(_)
        | Kind::Union
        | Kind::Arm
        | Kind::Plain(_)
        | Kind::Passing(_)
        | Kind::Join(_)
        | Kind::UpdateState(_)
        | Kind::Print { .. }
        | Kind::ToOwn(..)
        | Kind::ToNull => false,
    }
}
