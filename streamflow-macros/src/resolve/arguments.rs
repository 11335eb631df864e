//! Reads what stands in an operation's parentheses.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprClosure, Token};

use crate::closure::{self, Closure, Forbidden, Function, bare};
use crate::diagnostics::Diagnostics;
use crate::model::Reducer;
use crate::operators::{Arguments, Operator};
use crate::support::{self, Use, What};
use crate::syntax::{Operation, Remainder};

/// One argument: `expr` or `name: expr`.
#[derive(Debug)]
pub(super) struct Argument {
    pub(super) name: Option<Ident>,
    pub(super) value: Expr,
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
pub(super) fn list(operation: &Operation, diagnostics: &mut Diagnostics) -> Option<Vec<Argument>> {
    let Some(group) = &operation.args else {
        return Some(Vec::new());
    };
    expressions(&group.stream(), group, diagnostics)
}

fn expressions(
    stream: &TokenStream,
    group: &Group,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Argument>> {
    match Punctuated::<Argument, Token![,]>::parse_terminated.parse2(stream.clone()) {
        Ok(arguments) => without_names(arguments, diagnostics),
        Err(error) => {
            diagnostics.rust_error(&error, group.span_close());
            None
        }
    }
}

/// `|a, b| a + b |a, b| a`: without the comma between them the bars of the second closure are taken
/// for those of an `or`, and its comma for one between arguments.
fn missing_comma(arguments: &[Argument], diagnostics: &mut Diagnostics) -> bool {
    let bar = arguments.windows(2).find_map(|two| match two {
        [
            Argument {
                value: Expr::Closure(first),
                ..
            },
            Argument { value: second, .. },
        ] => {
            let Expr::Binary(end) = &*first.body else {
                return None;
            };
            let syn::BinOp::BitOr(bar) = &end.op else {
                return None;
            };
            let names = matches!(&*end.right, Expr::Path(_)) && begins_with_name_and_bar(second);
            names.then(|| bar.spans[0])
        }
        _ => None,
    });
    if let Some(bar) = bar {
        diagnostics
            .error(bar, "a `,` is missing in front of this closure")
            .help("write `, |a, b| …`");
    }
    bar.is_some()
}

/// `b | a + b`.
fn begins_with_name_and_bar(expr: &Expr) -> bool {
    matches!(expr, Expr::Binary(binary)
        if matches!(binary.op, syn::BinOp::BitOr(_)) && matches!(&*binary.left, Expr::Path(_)))
}

/// Operators know their arguments by their place.
fn without_names(
    arguments: Punctuated<Argument, Token![,]>,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Argument>> {
    let named = arguments.iter().find_map(|argument| argument.name.as_ref());
    let Some(name) = named else {
        let arguments: Vec<Argument> = arguments.into_iter().collect();
        return (!missing_comma(&arguments, diagnostics)).then_some(arguments);
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
pub(super) fn are_elsewhere(operation: &Operation, operator: &Operator) -> bool {
    if operator.arguments == Arguments::Block {
        return operation.args.is_some();
    }
    are_elsewhere_in_connector(operation)
}

/// The same for sources and sinks, which have no blocks.
pub(super) fn are_elsewhere_in_connector(operation: &Operation) -> bool {
    let is_strange = operation.remainder == Remainder::Stray || operation.body.is_some();
    operation.args.is_none() && is_strange
}

/// What an aggregate begins with: a value, or the closure that makes it.
pub(super) fn init(value: Expr) -> Expr {
    match value {
        Expr::Closure(closure) if closure.inputs.is_empty() => *closure.body,
        other => other,
    }
}

/// Reports arguments of an operation that takes none.
pub(super) fn none(operation: &Operation, diagnostics: &mut Diagnostics) {
    if let Some(group) = &operation.args
        && !group.stream().is_empty()
    {
        let word = &operation.word;
        diagnostics
            .error(first_span(group), format!("`{word}` takes no arguments"))
            .help(format!("write `{word}`"));
    }
}

/// The one function of `map`, `filter` and their relatives.
pub(super) fn function(
    operation: &Operation,
    operator: &Operator,
    diagnostics: &mut Diagnostics,
) -> Option<Function> {
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
    one_function(argument.value, word, diagnostics)
}

/// A closure of one parameter, or whatever else gives a function.
pub(super) fn one_function(
    value: Expr,
    word: &Ident,
    diagnostics: &mut Diagnostics,
) -> Option<Function> {
    match bare(value) {
        Expr::Closure(closure) => one_parameter(closure, word, diagnostics),
        Expr::Path(path) => Some(Function::Path(Expr::Path(path))),
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
            .help("take `async` away, and look values up before the job starts");
        return None;
    }
    let count = closure.inputs.len();
    let Some(pattern) = closure.inputs.first().cloned().filter(|_| count == 1) else {
        let inputs = &closure.inputs;
        let help = match count {
            0 => "write `|item| …`".to_owned(),
            _ => format!(
                "to take a pair apart, write `|({})| …`",
                one_line(&inputs.to_token_stream())
            ),
        };
        let span = inputs.first().map_or_else(|| span_of(&closure), span_of);
        diagnostics
            .error(
                span,
                format!("the closure of `{word}` takes one item, and this one takes {count}"),
            )
            .help(help);
        return None;
    };
    let (closure, forbidden) = Closure::new(closure, pattern);
    let sound = forbidden.is_empty();
    report(forbidden, diagnostics);
    sound.then(|| Function::Closure(Box::new(closure)))
}

/// The signs that `reduce_by_key` and `reduce` take, and their functions in the runtime.
const SIGNS: [(&str, &str); 7] = [
    ("+", "plus"),
    ("*", "times"),
    ("&", "bit_and"),
    ("|", "bit_or"),
    ("^", "bit_xor"),
    ("min", "least"),
    ("max", "greatest"),
];

/// What `reduce_by_key` and `reduce` combine values with.
///
/// An `inverse:` behind it is read too; it takes values out of a window again.
pub(super) fn reducer(
    operation: &Operation,
    diagnostics: &mut Diagnostics,
) -> Option<(Reducer, Vec<Use>)> {
    let word = &operation.word;
    let Some(group) = operation
        .args
        .as_ref()
        .filter(|group| !group.stream().is_empty())
    else {
        diagnostics
            .error(
                word.span(),
                format!("`{word}` does not say how to combine two values"),
            )
            .help(format!("write `{word}(+)` or `{word}(|a, b| …)`"));
        return None;
    };
    let span = first_span(group);
    let (stream, inverse) = without_inverse(&group.stream());
    let mut later = Vec::new();
    if let Some((name, value)) = inverse {
        later.extend(support::used(What::Option, "inverse", name.span()));
        match syn::parse2::<Expr>(value) {
            Ok(value) => drop(combiner(value, 2, word, diagnostics)?),
            Err(error) => {
                diagnostics.rust_error(&error, group.span_close());
                return None;
            }
        }
    }
    let text = stream.to_string();
    if let Some((_, name)) = SIGNS.iter().find(|(sign, _)| *sign == text) {
        return Some((Reducer::Sign { name, span }, later));
    }
    if let Some(name) = widened(&text) {
        return Some((Reducer::Sign { name, span }, later));
    }
    if let Some(help) = no_sign(&text, word) {
        diagnostics
            .error(span, format!("`{text}` does not combine two values"))
            .help(help);
        return None;
    }
    let arguments = expressions(&stream, group, diagnostics)?;
    let [argument] = <[Argument; 1]>::try_from(arguments)
        .map_err(|arguments| {
            let second = arguments
                .get(1)
                .map_or(span, |second| span_of(&second.value));
            diagnostics
                .error(second, format!("`{word}` takes one argument"))
                .help(format!(
                    "write `{word}(+) every 1s` or `{word}(|a, b| …) every 1s`"
                ));
        })
        .ok()?;
    let function = combiner(argument.value, 2, word, diagnostics)?;
    Some((Reducer::Function(function), later))
}

/// The arguments without a last `inverse: f`, and that.
fn without_inverse(stream: &TokenStream) -> (TokenStream, Option<(Ident, TokenStream)>) {
    let tokens: Vec<TokenTree> = stream.clone().into_iter().collect();
    let at = tokens.windows(3).position(|three| {
        matches!(three, [TokenTree::Punct(comma), TokenTree::Ident(name), TokenTree::Punct(colon)]
            if comma.as_char() == ',' && name == "inverse" && colon.as_char() == ':')
    });
    let Some((before, [_, TokenTree::Ident(name), _, value @ ..])) =
        at.map(|at| tokens.split_at(at))
    else {
        return (stream.clone(), None);
    };
    let inverse = (name.clone(), value.iter().cloned().collect());
    (before.iter().cloned().collect(), Some(inverse))
}

fn widened(text: &str) -> Option<&'static str> {
    match text {
        "wrapping +" => Some("wrapping_plus"),
        "saturating +" => Some("saturating_plus"),
        "wrapping *" => Some("wrapping_times"),
        "saturating *" => Some("saturating_times"),
        _ => None,
    }
}

fn no_sign(text: &str, word: &Ident) -> Option<String> {
    match text {
        "-" | "/" | "%" => Some(format!(
            "the order of values is not fixed, so the result would not be either: `{word}(+)`, or \
             a closure that does not depend on the order"
        )),
        "&&" => Some(format!("write `{word}(&)`")),
        "||" => Some(format!("write `{word}(|)`")),
        "sum" | "add" => Some(format!(
            "write `{word}(+)`; for a function of your own by that name, `{word}(|a, b| {text}(a, b))`"
        )),
        "_ + _" | "+=" | "\"+\"" => Some(format!("write `{word}(+)`")),
        "<" | ">" | "<=" | ">=" | "==" => Some(format!("write `{word}(min)` or `{word}(max)`")),
        _ => None,
    }
}

/// A closure or function that combines `wanted` values into one.
pub(super) fn combiner(
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
            _ => ("two values", "|a, b| …"),
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
pub(super) fn span_of(tokens: &impl ToTokens) -> Span {
    tokens
        .to_token_stream()
        .into_iter()
        .next()
        .map_or_else(Span::call_site, |token| token.span())
}

/// The first token in a group, or the group's end where it is empty.
pub(super) fn first_span(group: &Group) -> Span {
    group
        .stream()
        .into_iter()
        .next()
        .map_or_else(|| group.span_close(), |token| token.span())
}

/// The arguments as written, with their parentheses.
pub(super) fn text(group: &Group) -> String {
    crate::text::of(&TokenTree::Group(group.clone()).into())
}

fn one_line(tokens: &TokenStream) -> String {
    crate::text::of(tokens)
}
