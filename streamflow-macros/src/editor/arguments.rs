//! Writes what stands in parentheses and behind `as`, as it stands.

use proc_macro2::{Group, Ident, Spacing, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use super::shape::{Operation, is_punct};
use super::{block, ours, rt};
use crate::operators::{Arguments, Operator};
use crate::resolve::is_built_in_format;

/// The arguments of an operator's call, and statements for those that no call takes.
pub(super) fn of_operator(
    operation: &Operation<'_>,
    operator: &Operator,
) -> (TokenStream, TokenStream) {
    let given = tokens(operation.args);
    match operator.arguments {
        Arguments::None | Arguments::MaybeCount => (TokenStream::new(), looked_at(&given)),
        Arguments::Reducer if is_sign(&given) => (sign(), TokenStream::new()),
        Arguments::Aggregate if given.is_empty() => {
            let missing = missing();
            (quote!(#missing, #missing, #missing), TokenStream::new())
        }
        Arguments::Percent | Arguments::Rate => {
            (given_or_missing(&without_unit(&given)), TokenStream::new())
        }
        Arguments::Aggregate => (whole(without_bars(&given)), TokenStream::new()),
        Arguments::Function
        | Arguments::Reducer
        | Arguments::Combiner(_)
        | Arguments::Init(_)
        | Arguments::Count
        | Arguments::Quantile
        | Arguments::Stream
        | Arguments::Block => (given_or_missing(&given), TokenStream::new()),
    }
}

/// Statements that hold the arguments of a word that is none of the language.
pub(super) fn of_unknown(operation: &Operation<'_>) -> TokenStream {
    looked_at(&tokens(operation.args))
}

/// The arguments of a source. Those with a name are words of the language.
pub(super) fn of_source(operation: &Operation<'_>) -> TokenStream {
    if operation.word == "stdin" {
        return TokenStream::new();
    }
    let given = tokens(operation.args);
    let (first, _) = named(&given);
    given_or_missing(&without_unit(first))
}

/// The arguments of a sink's call, and statements for those that have a name.
pub(super) fn of_sink(operation: &Operation<'_>, items: &Ident) -> (TokenStream, TokenStream) {
    let given = tokens(operation.args);
    let (first, options) = named(&given);
    let args = if operation.word == "null" {
        TokenStream::new()
    } else {
        given_or_missing(first)
    };
    let rt = rt();
    let mut behind = TokenStream::new();
    for option in options {
        let value = whole(option);
        behind.extend(if is_closure(option) {
            quote_spanned!(ours()=> #rt::look(#items, #value);)
        } else {
            quote_spanned!(ours()=> let _ = #value;)
        });
    }
    if let Some(format) = operation.clause("as") {
        let format = in_format(
            format,
            |format| quote_spanned!(ours()=> #rt::format::<#format>()),
        );
        behind.extend(quote_spanned!(ours()=> #format;));
    }
    (args, behind)
}

/// Something in which a format stands, with the formats of the language in scope.
///
/// A word of the language gets its path: it would otherwise hide a type of the user's by that name
/// in what stands between `<` and `>`.
pub(super) fn in_format(
    format: &[TokenTree],
    write: impl FnOnce(TokenStream) -> TokenStream,
) -> TokenStream {
    let rt = rt();
    let is_built_in = match format {
        [TokenTree::Ident(word)] => is_built_in_format(&word.to_string()),
        [TokenTree::Ident(word), next, ..] => {
            is_punct(next, '<') && is_built_in_format(&word.to_string())
        }
        _ => false,
    };
    let format = whole(format);
    if is_built_in {
        block(&write(quote_spanned!(ours()=> #rt::formats::#format)))
    } else {
        let written = write(format);
        block(&quote_spanned!(ours()=> use #rt::formats::*; #written))
    }
}

fn tokens(args: Option<&Group>) -> Vec<TokenTree> {
    args.map(|args| args.stream().into_iter().collect())
        .unwrap_or_default()
}

fn whole(tokens: &[TokenTree]) -> TokenStream {
    tokens.iter().cloned().collect()
}

pub(super) fn given_or_missing(given: &[TokenTree]) -> TokenStream {
    if given.is_empty() {
        missing()
    } else {
        whole(given)
    }
}

fn missing() -> TokenStream {
    let rt = rt();
    quote_spanned!(ours()=> #rt::missing())
}

fn sign() -> TokenStream {
    let rt = rt();
    quote_spanned!(ours()=> #rt::sign)
}

fn looked_at(given: &[TokenTree]) -> TokenStream {
    if given.is_empty() || is_sign(given) {
        return TokenStream::new();
    }
    let given = whole(given);
    quote_spanned!(ours()=> let _ = (#given);)
}

/// `+`, `max`, `wrapping +`.
fn is_sign(given: &[TokenTree]) -> bool {
    match given {
        [TokenTree::Punct(_)] => true,
        [TokenTree::Ident(word)] => word == "min" || word == "max",
        [TokenTree::Ident(word), TokenTree::Punct(_)] => word == "wrapping" || word == "saturating",
        _ => false,
    }
}

fn is_closure(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Punct(bar), ..] => bar.as_char() == '|',
        [TokenTree::Ident(word), ..] => word == "move",
        _ => false,
    }
}

/// `|| Vec::new()` begins an aggregate with what the closure gives.
fn without_bars(given: &[TokenTree]) -> &[TokenTree] {
    match given {
        [first, second, rest @ ..] if is_punct(first, '|') && is_punct(second, '|') => rest,
        other => other,
    }
}

/// `10_000/s` is a number of items a second, and `1%` a number too.
fn without_unit(given: &[TokenTree]) -> Vec<TokenTree> {
    match given {
        [
            rate @ TokenTree::Literal(_),
            per,
            TokenTree::Ident(_),
            rest @ ..,
        ] if is_punct(per, '/') => std::iter::once(rate).chain(rest).cloned().collect(),
        // `1%`
        [share @ TokenTree::Literal(_), percent] if is_punct(percent, '%') => vec![share.clone()],
        other => other.to_vec(),
    }
}

/// What stands in front of the first `name:`, and the values behind each.
fn named(given: &[TokenTree]) -> (&[TokenTree], Vec<&[TokenTree]>) {
    let starts: Vec<usize> = (0..given.len()).filter(|at| is_name(given, *at)).collect();
    let upto = |from: usize, to: Option<&usize>| {
        let to = to.copied().unwrap_or(given.len());
        let stretch = given.get(from..to).unwrap_or_default();
        match stretch {
            [before @ .., comma] if is_punct(comma, ',') => before,
            other => other,
        }
    };
    let values = starts
        .iter()
        .enumerate()
        .map(|(nth, start)| upto(start + 2, starts.get(nth + 1)))
        .collect();
    (upto(0, starts.first()), values)
}

/// Whether `name:` stands here, at the beginning or behind a comma.
fn is_name(given: &[TokenTree], at: usize) -> bool {
    let behind_comma = at
        .checked_sub(1)
        .is_none_or(|before| given.get(before).is_some_and(|token| is_punct(token, ',')));
    behind_comma
        && matches!(given.get(at..), Some([TokenTree::Ident(_), TokenTree::Punct(colon), ..])
            if colon.as_char() == ':' && colon.spacing() == Spacing::Alone)
}
