//! Reads the arguments of operators that have no kind of their own: those that keep something for each
//! key, and those that are understood and cannot be run yet.

use proc_macro2::{Group, Span, TokenTree};
use quote::ToTokens;
use syn::{Expr, LitInt};

use super::arguments;
use super::builder::Builder;
use super::operators::sound;
use super::process;
use crate::closure::{self, Function};
use crate::diagnostics::Diagnostics;
use crate::model::Ordered;
use crate::operators::{Arguments, Operator};
use crate::syntax::Operation;

/// What stands in an operator's parentheses.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) functions: Vec<Function>,
    /// What an operator does that works on the items of a key in their order.
    pub(super) ordered: Option<Ordered>,
}

/// Reads them by the operator's row; `None` where they are wrong, which is then reported.
pub(super) fn arguments(
    operation: &Operation,
    operator: &Operator,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> Option<Read> {
    let mut read = Read::default();
    match operator.arguments {
        Arguments::None => arguments::none(operation, operator, diagnostics)?,
        Arguments::Function => {
            let function = arguments::function(operation, operator, diagnostics)?;
            if operator.name == "dedup" {
                sound(
                    closure::value_of_item(operator.name, &function),
                    diagnostics,
                )?;
                read.ordered = Some(Ordered::Dedup(function));
            } else {
                read.functions.push(function);
            }
        }
        Arguments::Combiner(count) => {
            let value = only(operation, operator, diagnostics)?;
            let function = arguments::combiner(value, count, &operation.word, diagnostics)?;
            read.functions.push(Function::Value(function));
        }
        Arguments::Init(count) => {
            let (init, function) = init_and_function(operation, operator, count, diagnostics)?;
            read.ordered = Some(match operator.name {
                "scan" => Ordered::Scan {
                    init,
                    step: function,
                },
                _ => Ordered::MapWithState { init, function },
            });
        }
        Arguments::Count | Arguments::MaybeCount => {
            number(operation, operator, diagnostics, |text| {
                syn::parse_str::<LitInt>(text).is_ok_and(|count| {
                    count.suffix().is_empty() && count.base10_parse::<u64>().is_ok_and(|n| n > 0)
                })
            })?;
            if operator.name == "lag" {
                let count = operation.args.as_ref()?.stream();
                read.ordered = syn::parse2(count).ok().map(Ordered::Lag);
            }
        }
        Arguments::Percent => number(operation, operator, diagnostics, |text| {
            text.strip_suffix('%')
                .and_then(|share| share.trim().parse::<f64>().ok())
                .is_some_and(|share| (0.0..=100.0).contains(&share))
        })?,
        Arguments::Rate => number(operation, operator, diagnostics, |text| {
            text.strip_suffix("/s").is_some_and(|rate| {
                rate.trim()
                    .replace('_', "")
                    .parse::<u64>()
                    .is_ok_and(|rate| rate > 0)
            })
        })?,
        Arguments::Block => {
            block(operation, operator, builder, diagnostics)?;
            if operator.name == "process" {
                let process = process::read(operation, diagnostics)?;
                read.ordered = Some(Ordered::Process(process));
            }
        }
        // Operators with these have kinds of their own.
        Arguments::Reducer | Arguments::Aggregate | Arguments::Stream | Arguments::Quantile => {}
    }
    Some(read)
}

pub(super) fn only(
    operation: &Operation,
    operator: &Operator,
    diagnostics: &mut Diagnostics,
) -> Option<Expr> {
    let mut arguments = arguments::list(operation, diagnostics)?.into_iter();
    match (arguments.next(), arguments.next()) {
        (Some(one), None) => Some(one.value),
        (Some(_), Some(second)) => wrong(
            operation,
            operator,
            arguments::span_of(&second.value),
            diagnostics,
        ),
        (None, _) => wrong(operation, operator, operation.word.span(), diagnostics),
    }
}

pub(super) fn wrong<T>(
    operation: &Operation,
    operator: &Operator,
    span: Span,
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    let what = match operator.arguments {
        Arguments::Combiner(_) | Arguments::Function => "one closure or function",
        Arguments::Init(_) => "what to begin with, and a closure",
        Arguments::Count | Arguments::MaybeCount => "a whole number above zero",
        Arguments::Percent => "a share such as `1%`",
        Arguments::Rate => "a rate such as `100/s`",
        Arguments::Quantile => "a number between 0 and 1, such as `0.99`",
        Arguments::Stream => "one stream or table",
        Arguments::Block => "a block in braces",
        Arguments::None | Arguments::Reducer | Arguments::Aggregate => "something else",
    };
    diagnostics
        .error(span, format!("`{}` takes {what}", operation.word))
        .help(format!("write `{}`", operator.example));
    None
}

fn init_and_function(
    operation: &Operation,
    operator: &Operator,
    count: usize,
    diagnostics: &mut Diagnostics,
) -> Option<(Expr, Expr)> {
    let arguments = arguments::list(operation, diagnostics)?;
    let Ok([init, function]) = <[arguments::Argument; 2]>::try_from(arguments) else {
        let span = operation
            .args
            .as_ref()
            .map_or(operation.word.span(), Group::span_close);
        return wrong(operation, operator, span, diagnostics);
    };
    if let Expr::Closure(first) = &init.value
        && !first.inputs.is_empty()
    {
        return closure_first(operation, &init.value, &function.value, diagnostics);
    }
    let function = arguments::combiner(function.value, count, &operation.word, diagnostics)?;
    if operator.name == "scan" {
        sound(closure::value_of_two(operator.name, &function), diagnostics)?;
    }
    Some((arguments::init(init.value), function))
}

/// Reports a closure where a key's beginning stands.
fn closure_first<T>(
    operation: &Operation,
    first: &Expr,
    second: &Expr,
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    let word = &operation.word;
    let text = |value: &Expr| crate::text::of(&value.to_token_stream());
    let (start, function) = match second {
        closure @ Expr::Closure(_) => ("0".to_owned(), text(closure)),
        start => (text(start), text(first)),
    };
    diagnostics
        .error(
            arguments::span_of(first),
            format!("`{word}` takes the value that a key begins with first, and this is a closure"),
        )
        .help(format!("write `{word}({start}, {function})`"));
    None
}

fn number(
    operation: &Operation,
    operator: &Operator,
    diagnostics: &mut Diagnostics,
    is_right: impl Fn(&str) -> bool,
) -> Option<()> {
    let group = operation.args.as_ref();
    let text = group.map(|group| group.stream().to_string().replace(' ', ""));
    match (text, group) {
        (Some(text), _) if is_right(&text) => Some(()),
        // A variable is as good; what it holds is seen when the job starts.
        (Some(text), _) if syn::parse_str::<syn::Ident>(&text).is_ok() => Some(()),
        (Some(text), Some(group)) if second(group).is_some() => {
            let first = text.split(',').next().unwrap_or_default();
            diagnostics
                .error(
                    second(group).unwrap_or_else(|| arguments::first_span(group)),
                    format!(
                        "`{}` takes one value, and this is a second one",
                        operation.word
                    ),
                )
                .help(format!("write `{}({first})`", operation.word));
            None
        }
        (_, Some(group)) => wrong(
            operation,
            operator,
            arguments::first_span(group),
            diagnostics,
        ),
        (_, None) => wrong(operation, operator, operation.word.span(), diagnostics),
    }
}

/// Where a second argument begins.
fn second(group: &Group) -> Option<Span> {
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ',');
    let mut tokens = group.stream().into_iter();
    tokens.find(is_comma)?;
    tokens.next().map(|token| token.span())
}

/// A block of which only the names are looked at.
fn block(
    operation: &Operation,
    operator: &Operator,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> Option<()> {
    let Some(body) = &operation.body else {
        return wrong(operation, operator, operation.word.span(), diagnostics);
    };
    builder.mention(&body.stream());
    Some(())
}
