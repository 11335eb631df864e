//! What the items are, as far as it can be seen without types.
//!
//! What a closure gives is known to the Rust compiler alone. But a closure that ends in a tuple,
//! a literal or a `format!` shows it, and a mistake seen here is reported together with the
//! others of the job.

use syn::{Block, Expr, ExprMacro, Stmt, Type};

use crate::closure::Function;
use crate::model::{About, Aggregate, Asking, Each, Join, Kind, Node, Plain};

/// What is known of the items that leave a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Items {
    Pairs,
    /// Certainly no pairs: the words for what they are.
    Other(String),
    /// What may have failed, as it comes out of `parse`.
    Results,
    /// Pairs whose values are such.
    PairsOfResults,
    Unknown,
}

/// What a stage makes of the items that reach it.
pub(super) fn leaving(node: &Node, input: Items) -> Items {
    match &node.kind {
        Kind::Decode { format } => decoded(format),
        // Of refused items, what has reached their stage: see `Flows::refused`.
        Kind::Union
        | Kind::Split { .. }
        | Kind::Arm
        | Kind::Refused(_)
        | Kind::Passing(_)
        | Kind::Join(Join::Semi | Join::Anti) => input,
        Kind::Reserved { operator, .. } => reserved(operator.name, input),
        Kind::Each(each, function) => match each {
            Each::Filter | Each::Inspect => input,
            Each::Map => mapped(function),
            Each::KeyBy | Each::MapValues | Each::FlatMapValues => Items::Pairs,
            Each::FilterMap | Each::FlatMap | Each::TryMap | Each::ForEach => Items::Unknown,
        },
        Kind::Aggregate(aggregate) => match aggregate {
            Aggregate::ReduceByKey(_)
            | Aggregate::CountByKey
            | Aggregate::AggregateByKey { .. }
            | Aggregate::GroupByKey
            | Aggregate::AggByKey { .. }
            | Aggregate::HeavyHitters { .. }
            | Aggregate::CountByValue => Items::Pairs,
            Aggregate::Distinct | Aggregate::Top { .. } => input,
            Aggregate::Count | Aggregate::ApproxDistinct => {
                Items::Other("counts, `u64`".to_owned())
            }
            Aggregate::Quantile { .. } => Items::Other("quantiles, `f64`".to_owned()),
            Aggregate::Average => Items::Other("averages, `f64`".to_owned()),
            Aggregate::Reduce(_) | Aggregate::Sum | Aggregate::Min | Aggregate::Max => {
                Items::Unknown
            }
        },
        Kind::Join(_)
        | Kind::UpdateState(_)
        | Kind::Plain(Plain::Swap | Plain::Timestamp | Plain::WithWindow)
        | Kind::Asking(Asking {
            about: About::Key, ..
        }) => Items::Pairs,
        Kind::Source(_)
        | Kind::Batch(..)
        | Kind::Asking(_)
        | Kind::ToReserved(_)
        | Kind::Plain(Plain::Flatten | Plain::Keys | Plain::Values)
        | Kind::Print { .. }
        | Kind::ToParts { .. }
        | Kind::ToKafka { .. }
        | Kind::ToOwn(..)
        | Kind::ToNull
        | Kind::Hole => Items::Unknown,
    }
}

/// What leaves an operator that cannot be run yet.
fn reserved(operator: &str, input: Items) -> Items {
    match operator {
        "dedup" | "event_time" => input,
        "scan" | "lag" | "table" => Items::Pairs,
        _ => Items::Unknown,
    }
}

fn decoded(format: &Type) -> Items {
    let Type::Path(path) = format else {
        return Items::Unknown;
    };
    let built_in = path
        .path
        .segments
        .iter()
        .rev()
        .nth(1)
        .is_some_and(|of| of.ident == "formats");
    match path.path.segments.last().filter(|_| built_in) {
        Some(last) if last.ident == "Text" => Items::Other("lines of text, `&str`".to_owned()),
        Some(last) if last.ident == "Bytes" => Items::Other("bytes, `&[u8]`".to_owned()),
        Some(last) if last.ident == "Record" => Items::Other("`Record`s".to_owned()),
        _ => Items::Unknown,
    }
}

fn mapped(function: &Function) -> Items {
    match function {
        Function::Closure(closure) => given_by(&closure.body),
        Function::Path(_) | Function::Value(_) => Items::Unknown,
    }
}

/// What the last expression of a body shows of its value.
fn given_by(body: &Expr) -> Items {
    match body {
        Expr::Block(block) => given_by_block(&block.block),
        Expr::Paren(paren) => given_by(&paren.expr),
        Expr::Tuple(tuple) if tuple.elems.len() == 2 => match tuple.elems.last().map(given_by) {
            Some(Items::Results) => Items::PairsOfResults,
            _ => Items::Pairs,
        },
        Expr::Tuple(tuple) if tuple.elems.is_empty() => Items::Other("`()`".to_owned()),
        Expr::Tuple(tuple) => Items::Other(format!("tuples of {}", tuple.elems.len())),
        Expr::Lit(literal) => given_by_literal(&literal.lit),
        Expr::Macro(ExprMacro { mac, .. }) if mac.path.is_ident("format") => {
            Items::Other("text, `String`".to_owned())
        }
        Expr::MethodCall(call) if call.args.is_empty() => given_by_method(&call.method.to_string()),
        Expr::If(branches) => given_by_block(&branches.then_branch),
        _ => Items::Unknown,
    }
}

fn given_by_block(block: &Block) -> Items {
    match block.stmts.last() {
        Some(Stmt::Expr(last, None)) => given_by(last),
        _ => Items::Unknown,
    }
}

fn given_by_literal(literal: &syn::Lit) -> Items {
    let found = match literal {
        syn::Lit::Str(_) => "text, `&str`",
        syn::Lit::Int(_) => "whole numbers",
        syn::Lit::Float(_) => "floating-point numbers",
        syn::Lit::Bool(_) => "`bool`s",
        _ => return Items::Unknown,
    };
    Items::Other(found.to_owned())
}

/// Methods whose result is the same whatever they are called on.
fn given_by_method(method: &str) -> Items {
    let found = match method {
        "parse" | "try_into" => return Items::Results,
        "len" | "count" => "numbers, `usize`",
        "to_string" | "to_lowercase" | "to_uppercase" | "to_ascii_lowercase"
        | "to_ascii_uppercase" => "text, `String`",
        "trim" | "as_str" => "text, `&str`",
        "is_empty" | "is_some" | "is_none" => "`bool`s",
        _ => return Items::Unknown,
    };
    Items::Other(found.to_owned())
}
