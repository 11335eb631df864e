//! Reads what stands in an operation's parentheses.

mod comma;
mod reducer;
mod unwanted;

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprClosure, Token};

use super::foreign;
use crate::closure::{self, Closure, Forbidden, Function, bare};
use crate::diagnostics::Diagnostics;
use crate::operators::{Arguments, Operator};
use crate::syntax::{Operation, Remainder};

pub(in crate::resolve) use reducer::reducer;
pub(in crate::resolve) use unwanted::{none, nothing};

/// One argument: `expr` or `name: expr`.
#[derive(Debug)]
pub(in crate::resolve) struct Argument {
    pub(in crate::resolve) name: Option<Ident>,
    pub(in crate::resolve) value: Expr,
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let named =
            input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]);
        let name = if named {
            let name = input.call(Ident::parse_any)?;
            input.parse::<Token![:]>()?;
            Some(name)
        } else {
            None
        };
        Ok(Argument {
            name,
            value: input.parse()?,
        })
    }
}

/// The arguments of an operation; `None` where they are not Rust, which is then reported.
pub(in crate::resolve) fn list(
    operation: &Operation,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Argument>> {
    let Some(group) = &operation.args else {
        return Some(Vec::new());
    };
    expressions(&group.stream(), group, diagnostics)
}

pub(in crate::resolve) fn expressions(
    stream: &TokenStream,
    group: &Group,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Argument>> {
    match Punctuated::<Argument, Token![,]>::parse_terminated.parse2(stream.clone()) {
        Ok(arguments) => without_names(arguments, diagnostics),
        Err(error) => {
            foreign::report(stream, &error, group.span_close(), diagnostics);
            None
        }
    }
}

/// Operators know their arguments by their place.
fn without_names(
    arguments: Punctuated<Argument, Token![,]>,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Argument>> {
    let named = arguments.iter().find_map(|argument| argument.name.as_ref());
    let Some(name) = named else {
        let arguments: Vec<Argument> = arguments.into_iter().collect();
        return (!comma::missing_comma(&arguments, diagnostics)).then_some(arguments);
    };
    diagnostics
        .error(name.span(), format!("no argument is named `{name}` here"))
        .help(format!(
            "take `{name}:` away, and leave what stands behind it"
        ));
    None
}

/// Whether something stands where the arguments should, and has been reported: that they are
/// missing is then no second mistake.
pub(in crate::resolve) fn are_elsewhere(operation: &Operation, operator: &Operator) -> bool {
    if operator.arguments == Arguments::Block {
        return operation.args.is_some();
    }
    are_elsewhere_in_connector(operation)
}

/// The same for sources and sinks, which have no blocks.
pub(in crate::resolve) fn are_elsewhere_in_connector(operation: &Operation) -> bool {
    let is_strange = operation.remainder == Remainder::Stray || operation.body.is_some();
    operation.args.is_none() && is_strange
}

/// What an aggregate begins with: a value, or the closure that makes it.
pub(in crate::resolve) fn init(value: Expr) -> Expr {
    match value {
        Expr::Closure(closure) if closure.inputs.is_empty() => *closure.body,
        other => other,
    }
}

/// The one function of `map`, `filter` and their relatives.
pub(in crate::resolve) fn function(
    operation: &Operation,
    operator: &Operator,
    diagnostics: &mut Diagnostics,
) -> Option<Function> {
    let value = one(operation, operator, diagnostics)?;
    one_function(value, &operation.word, diagnostics)
}

/// The same of one that gives a future.
pub(in crate::resolve) fn asking(
    operation: &Operation,
    operator: &Operator,
    diagnostics: &mut Diagnostics,
) -> Option<Function> {
    let value = one(operation, operator, diagnostics)?;
    match bare(value) {
        Expr::Closure(closure) => {
            let pattern = parameter(&closure, &operation.word, diagnostics)?;
            let (closure, forbidden) = Closure::asking(closure, pattern);
            taken(closure, forbidden, diagnostics)
        }
        other => one_function(other, &operation.word, diagnostics),
    }
}

fn one(operation: &Operation, operator: &Operator, diagnostics: &mut Diagnostics) -> Option<Expr> {
    let arguments = list(operation, diagnostics)?;
    let word = &operation.word;
    let mut arguments = arguments.into_iter();
    let Some(argument) = arguments.next() else {
        diagnostics
            .error(
                word.span(),
                format!("`{word}` needs a closure or a function"),
            )
            .help(format!("write `{}`", operator.example));
        return None;
    };
    if let Some(second) = arguments.next() {
        diagnostics
            .error(
                span_of(&second.value),
                format!("`{word}` takes one argument"),
            )
            .help(format!("write `{}`", operator.example));
        return None;
    }
    Some(argument.value)
}

/// A closure of one parameter, or whatever else gives a function.
pub(in crate::resolve) fn one_function(
    value: Expr,
    word: &Ident,
    diagnostics: &mut Diagnostics,
) -> Option<Function> {
    match bare(value) {
        Expr::Closure(closure) => one_parameter(closure, word, diagnostics),
        Expr::Path(path) => Some(Function::Path(Expr::Path(path))),
        // `filter(line| !line.is_empty())`
        Expr::Binary(binary)
            if matches!(binary.op, syn::BinOp::BitOr(_))
                && matches!(&*binary.left, Expr::Path(_)) =>
        {
            let (parameter, body) = (binary.left.to_token_stream(), binary.right);
            diagnostics
                .error(
                    span_of(&parameter),
                    "the bar in front of the parameter is missing",
                )
                .help(format!(
                    "write `|{}| {}`",
                    one_line(&parameter),
                    one_line(&body.to_token_stream())
                ));
            None
        }
        // `filter(qty > 3)`, `filter({ it.length > 3 })`
        Expr::Binary(binary) => {
            let condition = one_line(&binary.to_token_stream());
            let field = matches!(&*binary.left, Expr::Path(path)
                if path.path.get_ident().is_some());
            let closure = if closure::mentioned(&binary.to_token_stream()).contains("it") {
                format!("|it| {condition}")
            } else if field {
                format!("|item| item.{condition}")
            } else {
                format!("|item| {condition}")
            };
            diagnostics
                .error(
                    span_of(&binary),
                    format!("`{word}` takes a function of the item, not a value"),
                )
                .help(format!("write a closure: `{closure}`"));
            None
        }
        Expr::Lit(literal) => {
            diagnostics
                .error(
                    span_of(&literal),
                    format!("`{word}` takes a function of the item, not a value"),
                )
                .help("write a closure: `|item| …`");
            None
        }
        other => Some(Function::Value(other)),
    }
}

/// What other systems hand to a function to put its results into.
fn is_collector(parameter: &syn::Pat) -> bool {
    const NAMES: [&str; 8] = [
        "out",
        "collector",
        "ctx",
        "context",
        "output",
        "acc",
        "emitter",
        "c",
    ];
    matches!(parameter, syn::Pat::Ident(name) if NAMES.iter().any(|known| name.ident == known))
}

fn one_parameter(
    closure: ExprClosure,
    word: &Ident,
    diagnostics: &mut Diagnostics,
) -> Option<Function> {
    if let Some(token) = &closure.asyncness {
        diagnostics
            .error(
                token
                    .to_token_stream()
                    .into_iter()
                    .next()
                    .map_or(word.span(), |t| t.span()),
                format!("the closure of `{word}` cannot be `async`: the loop does not wait"),
            )
            .help(
                "wait in a stage of its own, `map_async(async |item| …)` or \
                 `lookup(async |key| …)`; or take `async` away, and look values up before the job \
                 starts",
            );
        return None;
    }
    let pattern = parameter(&closure, word, diagnostics)?;
    let (closure, forbidden) = Closure::new(closure, pattern);
    taken(closure, forbidden, diagnostics)
}

/// The closure, unless something stands in it that cannot.
fn taken(
    closure: Closure,
    forbidden: Vec<Forbidden>,
    diagnostics: &mut Diagnostics,
) -> Option<Function> {
    let sound = forbidden.is_empty();
    report(forbidden, diagnostics);
    sound.then(|| Function::Closure(Box::new(closure)))
}

/// The one parameter of a closure.
fn parameter(
    closure: &ExprClosure,
    word: &Ident,
    diagnostics: &mut Diagnostics,
) -> Option<syn::Pat> {
    let count = closure.inputs.len();
    let pattern = closure.inputs.first().cloned().filter(|_| count == 1);
    if pattern.is_none() {
        let inputs = &closure.inputs;
        let help = match count {
            0 => "write `|item| …`".to_owned(),
            2 if is_collector(&inputs[1]) => format!(
                "the closure gives what leaves the stage: write `|{}| …`",
                one_line(&inputs[0].to_token_stream())
            ),
            _ => format!(
                "to take a pair apart, write `|({})| …`",
                one_line(&inputs.to_token_stream())
            ),
        };
        let span = inputs.first().map_or_else(|| span_of(closure), span_of);
        diagnostics
            .error(
                span,
                format!("the closure of `{word}` takes one item, and this one takes {count}"),
            )
            .help(help);
    }
    pattern
}

/// A closure or function that combines `wanted` values into one.
pub(in crate::resolve) fn combiner(
    value: Expr,
    wanted: usize,
    word: &Ident,
    diagnostics: &mut Diagnostics,
) -> Option<Expr> {
    let value = bare(value);
    let Expr::Closure(closure) = &value else {
        return Some(value);
    };
    let count = closure.inputs.len();
    if count != wanted {
        let span = closure
            .inputs
            .first()
            .map_or_else(|| span_of(&closure), span_of);
        let (values, shape) = match wanted {
            0 => ("nothing", "|| …"),
            1 => ("one value", "|value| …"),
            2 => ("two values", "|a, b| …"),
            _ => ("three values", "|key, value, state| …"),
        };
        diagnostics
            .error(
                span,
                format!("the closure of `{word}` takes {values}, and this one takes {count}"),
            )
            .help(format!("write `{shape}`"));
        return None;
    }
    if let Some(question_mark) = closure::first_try(&closure.body) {
        diagnostics
            .error(
                question_mark,
                format!("`?` cannot leave the closure of `{word}`"),
            )
            .help("let a stage in front refuse the record: `| try_map(|item| …) |`");
        return None;
    }
    let forbidden = closure::used_by(&value).forbidden;
    let sound = forbidden.is_empty();
    report(forbidden, diagnostics);
    sound.then_some(value)
}

fn report(forbidden: Vec<Forbidden>, diagnostics: &mut Diagnostics) {
    for one in forbidden {
        diagnostics.error(one.span, one.message).help(one.help);
    }
}

/// The span of the first token of an expression or pattern.
pub(in crate::resolve) fn span_of(tokens: &impl ToTokens) -> Span {
    tokens
        .to_token_stream()
        .into_iter()
        .next()
        .map_or_else(Span::call_site, |token| token.span())
}

/// The first token in a group, or the group's end where it is empty.
pub(in crate::resolve) fn first_span(group: &Group) -> Span {
    group
        .stream()
        .into_iter()
        .next()
        .map_or_else(|| group.span_close(), |token| token.span())
}

/// The arguments as written, with their parentheses.
pub(in crate::resolve) fn text(group: &Group) -> String {
    crate::text::of(&TokenTree::Group(group.clone()).into())
}

fn one_line(tokens: &TokenStream) -> String {
    crate::text::of(tokens)
}
