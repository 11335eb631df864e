//! What `reduce_by_key` and `reduce` combine values with.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::Expr;

use super::unwanted::is_duration;
use super::{Argument, combiner, expressions, first_span, span_of};
use crate::diagnostics::Diagnostics;
use crate::model::{Inverse, Reducer};
use crate::syntax::Operation;

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
pub(in crate::resolve) fn reducer(
    operation: &Operation,
    diagnostics: &mut Diagnostics,
) -> Option<(Reducer, Option<Inverse>)> {
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
    let inverse = match inverse {
        None => None,
        Some((name, value)) => Some(self::inverse(&name, value, group, word, diagnostics)?),
    };
    let text = stream.to_string();
    if let Some((_, name)) = SIGNS.iter().find(|(sign, _)| *sign == text) {
        return Some((Reducer::Sign { name, span }, inverse));
    }
    if let Some(name) = widened(&text) {
        return Some((Reducer::Sign { name, span }, inverse));
    }
    if interval_inside(&stream, word, diagnostics) {
        return None;
    }
    if let Some(help) = no_sign(&text.replace(' ', ""), word) {
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
    Some((Reducer::Function(function), inverse))
}

fn inverse(
    name: &Ident,
    value: TokenStream,
    group: &Group,
    word: &Ident,
    diagnostics: &mut Diagnostics,
) -> Option<Inverse> {
    match syn::parse2::<Expr>(value) {
        Ok(value) => Some(Inverse {
            word: name.span(),
            function: combiner(value, 2, word, diagnostics)?,
        }),
        Err(error) => {
            diagnostics.rust_error(&error, group.span_close());
            None
        }
    }
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

/// `reduce_by_key(+, 10s)`: reports the interval that stands inside.
fn interval_inside(stream: &TokenStream, word: &Ident, diagnostics: &mut Diagnostics) -> bool {
    let tokens: Vec<TokenTree> = stream.clone().into_iter().collect();
    let [
        reducer @ ..,
        TokenTree::Punct(comma),
        TokenTree::Literal(interval),
    ] = tokens.as_slice()
    else {
        return false;
    };
    if comma.as_char() != ',' || !is_duration(&interval.to_string()) {
        return false;
    }
    let reducer = crate::text::of(&reducer.iter().cloned().collect());
    diagnostics
        .error(
            interval.span(),
            "the interval stands behind the parentheses",
        )
        .help(format!("write `{word}({reducer}) every {interval}`"));
    true
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
        "count" if word == "reduce_by_key" => Some("write `count_by_key every 1s`".to_owned()),
        "count" => Some("write `count every 1s`".to_owned()),
        "Max" | "MAX" | "Math.max" | "Math::max" => Some(format!("write `{word}(max)`")),
        "Min" | "MIN" | "Math.min" | "Math::min" => Some(format!("write `{word}(min)`")),
        "wrapping_add" => Some(format!("write `{word}(wrapping +)`")),
        "saturating_add" => Some(format!("write `{word}(saturating +)`")),
        "latest" | "last" | "LATEST_BY_OFFSET" => Some(format!("write `{word}(|_, b| b)`")),
        "first" | "earliest" => Some(format!("write `{word}(|a, _| a)`")),
        "Sum" | "SUM" | "Integer::sum" | "Long::sum" | "Double::sum" | "plus" | "operator.add" => {
            Some(format!("write `{word}(+)`"))
        }
        "sum" | "add" => Some(format!(
            "write `{word}(+)`; for a function of your own by that name, `{word}(|a, b| {text}(a, b))`"
        )),
        "_+_" | "+=" | "\"+\"" => Some(format!("write `{word}(+)`")),
        "<" | ">" | "<=" | ">=" | "==" => Some(format!("write `{word}(min)` or `{word}(max)`")),
        _ => None,
    }
}
