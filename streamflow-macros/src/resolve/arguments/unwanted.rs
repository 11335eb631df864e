//! Arguments where none belong.

use proc_macro2::{Group, TokenTree};

use super::super::clauses;
use super::first_span;
use crate::diagnostics::Diagnostics;
use crate::operators::{Needs, Operator};
use crate::syntax::Operation;
use crate::units;

/// Reports arguments of an operator that takes none, with what was probably meant by them.
pub(in crate::resolve) fn none(
    operation: &Operation,
    operator: &Operator,
    diagnostics: &mut Diagnostics,
) -> Option<()> {
    let Some(group) = operation.args.as_ref().filter(|group| !is_empty(group)) else {
        return Some(());
    };
    let word = &operation.word;
    let inside = crate::text::of(&group.stream());
    let clauses = match clauses::written(operation) {
        none if none.is_empty() && operator.is_aggregate() => " every 1s".to_owned(),
        written => written,
    };
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let help = match tokens.as_slice() {
        [TokenTree::Literal(_)] if is_duration(&inside) && operator.is_aggregate() => {
            format!("the interval stands behind it: `{word} every {inside}`")
        }
        [TokenTree::Literal(_)] if operator.is_aggregate() && operator.needs != Needs::Pairs => {
            format!(
                "write `{word}{clauses}`; of the values of pairs `values | {word}{clauses}`, and a \
                 sum for each key `reduce_by_key(+){clauses}`"
            )
        }
        [TokenTree::Punct(bar), ..] if bar.as_char() == '|' && word == "timestamp" => {
            format!("what an item's time is says `event_time({inside}) lag 5s`; `{word}` gives it")
        }
        [TokenTree::Punct(bar), ..] if bar.as_char() == '|' && word == "count" => {
            format!("write `filter({inside}) | {word}{clauses}`")
        }
        [TokenTree::Ident(field)] if operator.is_aggregate() && operator.needs == Needs::Items => {
            format!("write `map(|item| item.{field}) | {word}{clauses}`")
        }
        [TokenTree::Punct(bar), ..] if bar.as_char() == '|' && word == "with_window" => {
            format!(
                "write `{word} | map(|((key, window), value)| …)`; without keys `{word} | \
                 map(|(window, result)| …)`"
            )
        }
        [TokenTree::Punct(bar), ..] if bar.as_char() == '|' && operator.needs == Needs::Items => {
            format!("write `map({inside}) | {word}{clauses}`")
        }
        [TokenTree::Punct(bar), ..] if bar.as_char() == '|' && word == "count_by_key" => {
            format!("write `key_by({inside}) | {word}{clauses}`")
        }
        _ => format!("write `{word}{clauses}`"),
    };
    diagnostics
        .error(first_span(group), format!("`{word}` takes no arguments"))
        .help(help);
    None
}

/// Reports arguments of a source or a sink that takes none.
pub(in crate::resolve) fn nothing(
    operation: &Operation,
    diagnostics: &mut Diagnostics,
) -> Option<()> {
    let Some(group) = operation.args.as_ref().filter(|group| !is_empty(group)) else {
        return Some(());
    };
    let word = &operation.word;
    diagnostics
        .error(first_span(group), format!("`{word}` takes no arguments"))
        .help(format!("write `{word}`"));
    None
}

fn is_empty(group: &Group) -> bool {
    group.stream().is_empty()
}

/// Whether a text is a duration of the language.
pub(super) fn is_duration(text: &str) -> bool {
    syn::parse_str::<syn::Lit>(text).is_ok_and(|literal| units::duration_ms(&literal).is_ok())
}
