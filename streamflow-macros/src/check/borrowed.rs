//! The rule that what is kept is owned, as far as it can be seen without types.
//!
//! The Rust compiler finds state that is borrowed by what it is read as, or by a reference in it. Of a struct
//! that a closure makes around a text of its record it knows too late, and speaks of loops and lifetimes.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{Expr, Pat, Stmt};

use super::Checked;
use super::items::Items;
use crate::closure::{Closure, Function};
use crate::diagnostics::Diagnostics;
use crate::model::{Aggregate, Each, Job, Kind, Node, NodeId, Ordered, Passing, Reducer};

/// What of the items a stage keeps, or sends to other workers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeps {
    Whole,
    Value,
}

/// A struct around a text of its record cannot be kept. Gives the stages that would.
pub(super) fn kept_values_are_owned(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        let Some(keeps) = keeps(&node.kind) else {
            continue;
        };
        let inputs = match &node.kind {
            Kind::Join(join) if !join.takes_right_values() => 1,
            _ => node.inputs.len(),
        };
        let mut made = node.inputs.iter().take(inputs).filter_map(|input| {
            let (maker, closure) = maker(job, *input)?;
            let is_text = matches!(&flows.reaching(maker).items,
                Items::Other(found) if found.contains("&str"));
            borrowed(closure, keeps).filter(|_| is_text)
        });
        if let Some(Borrowed {
            text,
            at: span,
            owned,
            of,
        }) = made.next()
        {
            let word = &node.word;
            diagnostics
                .error(
                    span,
                    format!(
                        "`{word}` keeps a `{of}` when its record is gone, and `{text}` is borrowed from that"
                    ),
                )
                .help(format!(
                    "write `{owned}`, and `String` for `&str` in `{of}`"
                ));
            unfit.push(NodeId(at));
        }
    }
    unfit
}

fn keeps(kind: &Kind) -> Option<Keeps> {
    match kind {
        Kind::Aggregate(aggregate) => match aggregate {
            Aggregate::ReduceByKey(Reducer::Function(_)) | Aggregate::GroupByKey => {
                Some(Keeps::Value)
            }
            Aggregate::Reduce(Reducer::Function(_)) => Some(Keeps::Whole),
            _ => None,
        },
        Kind::Join(_) | Kind::UpdateState(_) => Some(Keeps::Value),
        Kind::Passing(Passing::Repartition { .. }) => Some(Keeps::Whole),
        Kind::Reserved {
            operator, ordered, ..
        } => match ordered {
            Some(Ordered::Dedup(_)) => None,
            Some(_) => Some(Keeps::Value),
            None => (operator.name == "table").then_some(Keeps::Value),
        },
        _ => None,
    }
}

/// The `map` whose items come out of a stage as it has made them.
fn maker(job: &Job, from: NodeId) -> Option<(&Node, &Closure)> {
    let node = job.node(from)?;
    match &node.kind {
        Kind::Each(Each::Map, Function::Closure(closure)) => Some((node, closure)),
        Kind::Each(Each::Filter | Each::Inspect, _)
        | Kind::Split { .. }
        | Kind::Arm
        | Kind::Passing(_) => maker(job, *node.inputs.first()?),
        Kind::Reserved { operator, .. } if operator.name == "event_time" => {
            maker(job, *node.inputs.first()?)
        }
        _ => None,
    }
}

struct Borrowed {
    /// The text of the record, as it is written.
    text: String,
    at: Span,
    /// What is to be written in its place.
    owned: String,
    /// The struct around it.
    of: String,
}

/// The first text of the record in a struct that the closure makes of a line.
fn borrowed(closure: &Closure, keeps: Keeps) -> Option<Borrowed> {
    let Pat::Ident(line) = &closure.pattern else {
        return None;
    };
    let mut texts = BTreeSet::from([line.ident.to_string()]);
    let made = match &closure.body {
        Expr::Block(block) => {
            let (last, before) = block.block.stmts.split_last()?;
            for stmt in before {
                note_texts(stmt, &mut texts);
            }
            match last {
                Stmt::Expr(value, None) => value,
                _ => return None,
            }
        }
        value => value,
    };
    let value = match (keeps, made) {
        (Keeps::Whole, whole) => whole,
        (Keeps::Value, Expr::Tuple(pair)) if pair.elems.len() == 2 => pair.elems.last()?,
        (Keeps::Value, _) => return None,
    };
    let text = |value: &Expr| {
        let tokens = value.to_token_stream();
        let at = tokens.clone().into_iter().next()?.span();
        is_text(value, &texts).then(|| (crate::text::of(&tokens), at))
    };
    match value {
        Expr::Struct(made) => made.fields.iter().find_map(|field| {
            let (text, at) = text(&field.expr)?;
            let owned = match field.colon_token {
                Some(_) => format!("{text}.to_owned()"),
                None => format!("{text}: {text}.to_owned()"),
            };
            let of = made.path.segments.last()?.ident.to_string();
            Some(Borrowed {
                text,
                at,
                owned,
                of,
            })
        }),
        Expr::Call(call) => {
            let Expr::Path(called) = &*call.func else {
                return None;
            };
            let of = called.path.segments.last()?.ident.to_string();
            // A struct or a variant; what the compiler finds a reference in by itself is left to it.
            let is_made = of.starts_with(char::is_uppercase);
            if !is_made || matches!(of.as_str(), "Some" | "Ok" | "Err") {
                return None;
            }
            let (text, at) = call.args.iter().find_map(text)?;
            let owned = format!("{text}.to_owned()");
            Some(Borrowed {
                text,
                at,
                owned,
                of,
            })
        }
        _ => None,
    }
}

fn name_of(value: &Expr) -> Option<&Ident> {
    match value {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    }
}

/// Notes the names that a `let` binds to parts of a text, and forgets those that it binds to anything else.
fn note_texts(stmt: &Stmt, texts: &mut BTreeSet<String>) {
    let Stmt::Local(local) = stmt else { return };
    let names = crate::closure::names_in_pattern(&local.pat);
    let is_part = (local.init.as_ref()).is_some_and(|init| is_text(&init.expr, texts));
    for name in names {
        if is_part {
            texts.insert(name);
        } else {
            texts.remove(&name);
        }
    }
}

/// Whether this is a text of the record, or parts of one.
fn is_text(value: &Expr, texts: &BTreeSet<String>) -> bool {
    const PARTS: [&str; 10] = [
        "split_once",
        "rsplit_once",
        "split_at",
        "strip_prefix",
        "strip_suffix",
        "trim",
        "trim_start",
        "trim_end",
        "trim_matches",
        "get",
    ];
    match value {
        Expr::Path(_) => name_of(value).is_some_and(|name| texts.contains(&name.to_string())),
        Expr::Paren(inner) => is_text(&inner.expr, texts),
        Expr::Try(tried) => is_text(&tried.expr, texts),
        Expr::MethodCall(call) => {
            PARTS.iter().any(|part| call.method == part) && is_text(&call.receiver, texts)
        }
        _ => false,
    }
}
