//! Resolves the block of `agg_by_key`: aggregates side by side, each with a name.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::Expr;

use super::arguments;
use crate::closure::{self, Function};
use crate::diagnostics::Diagnostics;
use crate::model::{Measure, Part};
use crate::operators::Operator;
use crate::parse;
use crate::suggest;
use crate::syntax::Operation;

/// What an aggregate of the block is called.
const WORDS: [&str; 7] = [
    "count",
    "sum",
    "average",
    "min",
    "max",
    "quantile",
    "approx_distinct",
];

/// `{ n: count, total: sum(|v| v.price) }`.
pub(super) fn read(
    operation: &Operation,
    operator: &Operator,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Part>> {
    let tokens: Vec<TokenTree> = operation
        .body
        .as_ref()
        .map(|body| body.stream().into_iter().collect())
        .unwrap_or_default();
    let mut parts = Vec::new();
    let mut is_sound = true;
    let entries = parse::split_at(&tokens, ',').into_iter();
    for entry in entries.filter(|entry| !entry.is_empty()) {
        match self::entry(entry, &parts, diagnostics) {
            Some(part) => parts.push(part),
            None => is_sound = false,
        }
    }
    if is_sound && parts.is_empty() {
        diagnostics
            .error(
                operation.word.span(),
                format!("`{}` computes nothing", operation.word),
            )
            .help(format!("write `{}`", operator.example));
        return None;
    }
    is_sound.then_some(parts)
}

/// What stands between two commas.
fn entry(entry: &[TokenTree], before: &[Part], diagnostics: &mut Diagnostics) -> Option<Part> {
    let [
        TokenTree::Ident(name),
        TokenTree::Punct(colon),
        TokenTree::Ident(word),
        rest @ ..,
    ] = entry
    else {
        nameless(entry, diagnostics);
        return None;
    };
    if colon.as_char() != ':' {
        nameless(entry, diagnostics);
        return None;
    }
    let measure = match word.to_string().as_str() {
        "count" => Measure::Count,
        "sum" => Measure::Sum,
        "average" => Measure::Average,
        "min" => Measure::Min,
        "max" => Measure::Max,
        "approx_distinct" => Measure::ApproxDistinct,
        "quantile" => Measure::Quantile,
        _ => {
            unknown(word, diagnostics);
            return None;
        }
    };
    if before.iter().any(|part| part.name == *name) {
        diagnostics
            .error(name.span(), format!("two aggregates are named `{name}`"))
            .help("the stages behind find each by its name: give this one another");
        return None;
    }
    let (share, function) = match measure {
        Measure::Quantile => {
            let (share, function) = quantile(word, rest, diagnostics)?;
            (Some(share), function)
        }
        _ => (None, function(measure, word, rest, diagnostics)?),
    };
    Some(Part {
        name: name.clone(),
        word: word.clone(),
        measure,
        share,
        function,
    })
}

fn nameless(entry: &[TokenTree], diagnostics: &mut Diagnostics) {
    let Some(first) = entry.first() else { return };
    let written = crate::text::of(&entry.iter().cloned().collect::<TokenStream>());
    diagnostics
        .error(first.span(), "each aggregate of `agg_by_key` has a name")
        .help(format!("write `name: {written}`"));
}

fn unknown(word: &Ident, diagnostics: &mut Diagnostics) {
    let near = suggest::nearest(&word.to_string(), WORDS);
    diagnostics
        .error(word.span(), format!("`agg_by_key` has no `{word}`"))
        .help(near.map_or_else(
            || format!("it computes `{}`", WORDS.join("`, `")),
            |near| format!("did you mean `{near}`?"),
        ));
}

/// The function that takes from a value what is computed; none where that is the value itself.
#[expect(
    clippy::option_option,
    reason = "the outer one says whether it could be read"
)]
fn function(
    measure: Measure,
    word: &Ident,
    rest: &[TokenTree],
    diagnostics: &mut Diagnostics,
) -> Option<Option<Function>> {
    let group = match rest {
        [] => return Some(None),
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => group,
        [TokenTree::Group(group), stray, ..] if group.delimiter() == Delimiter::Parenthesis => {
            return stands_behind(word, stray, diagnostics);
        }
        [stray, ..] => return stands_behind(word, stray, diagnostics),
    };
    if group.stream().is_empty() {
        return Some(None);
    }
    if measure == Measure::Count {
        diagnostics
            .error(
                arguments::first_span(group),
                "`count` counts the records of the key, and takes nothing",
            )
            .help(
                "write `count`; to count some of them, add them up: \
                 `sum(|v| u64::from(v.is_paid))`",
            );
        return None;
    }
    one(word, group, diagnostics).map(Some)
}

fn stands_behind<T>(word: &Ident, stray: &TokenTree, diagnostics: &mut Diagnostics) -> Option<T> {
    diagnostics
        .error(
            stray.span(),
            format!("expected a comma behind `{word}`, and found `{stray}`"),
        )
        .help("aggregates stand side by side: `agg_by_key { n: count, total: sum(|v| v.price) }`");
    None
}

fn one(word: &Ident, group: &Group, diagnostics: &mut Diagnostics) -> Option<Function> {
    let mut given = arguments::expressions(&group.stream(), group, diagnostics)?.into_iter();
    let (first, second) = (given.next()?, given.next());
    if let Some(second) = second {
        diagnostics
            .error(
                arguments::span_of(&second.value),
                format!("`{word}` takes one closure or function"),
            )
            .help(format!("write `{word}(|v| v.price)`"));
        return None;
    }
    value_of(first.value, word, diagnostics)
}

/// The share of a quantile, and the function that takes the number out of the value.
fn quantile(
    word: &Ident,
    rest: &[TokenTree],
    diagnostics: &mut Diagnostics,
) -> Option<(Expr, Option<Function>)> {
    let wrong = |span, diagnostics: &mut Diagnostics| {
        diagnostics
            .error(
                span,
                "`quantile` takes a number between 0 and 1, such as `0.99`",
            )
            .help("write `quantile(0.99, |v| v.price)`");
    };
    let group = match rest {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => group,
        [] => {
            wrong(word.span(), diagnostics);
            return None;
        }
        [TokenTree::Group(group), stray, ..] if group.delimiter() == Delimiter::Parenthesis => {
            return stands_behind(word, stray, diagnostics);
        }
        [stray, ..] => return stands_behind(word, stray, diagnostics),
    };
    let given = arguments::expressions(&group.stream(), group, diagnostics)?;
    let mut given = given.into_iter().map(|argument| argument.value);
    let Some(first) = given.next() else {
        wrong(group.span_close(), diagnostics);
        return None;
    };
    let share = match super::quantile::share(first) {
        Ok(share) => share,
        Err(span) => {
            wrong(span, diagnostics);
            return None;
        }
    };
    let function = match given.next() {
        Some(function) => Some(value_of(function, word, diagnostics)?),
        None => None,
    };
    if let Some(third) = given.next() {
        diagnostics
            .error(
                arguments::span_of(&third),
                "`quantile` takes a share and one closure or function",
            )
            .help("write `quantile(0.99, |v| v.price)`");
        return None;
    }
    Some((share, function))
}

fn value_of(value: Expr, word: &Ident, diagnostics: &mut Diagnostics) -> Option<Function> {
    let function = arguments::one_function(value, word, diagnostics)?;
    match closure::value_of_item(&word.to_string(), &function) {
        None => Some(function),
        Some(one) => {
            diagnostics.error(one.span, one.message).help(one.help);
            None
        }
    }
}
