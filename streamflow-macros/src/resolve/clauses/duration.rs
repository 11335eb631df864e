//! Durations behind clauses.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::Lit;

use crate::diagnostics::Diagnostics;
use crate::parse;
use crate::syntax::Clause;
use crate::units;

/// The duration of a clause in milliseconds; reports what is wrong with it.
pub(in crate::resolve) fn of_clause(
    clause: &Clause,
    example: &str,
    diagnostics: &mut Diagnostics,
) -> Option<u64> {
    let word = &clause.word;
    let mut tokens = clause.value.clone().into_iter();
    let (Some(first), second) = (tokens.next(), tokens.next()) else {
        diagnostics
            .error(word.span(), format!("`{word}` has no duration"))
            .help(format!("write `{word} {example}`"));
        return None;
    };
    if let (TokenTree::Ident(named), Some(_)) = (&first, &second) {
        let ms = in_other_words(&clause.value);
        let example = ms.map_or_else(|| example.to_owned(), units::shown);
        diagnostics
            .error(
                named.span(),
                format!("`{word}` takes a duration such as `1s`"),
            )
            .help(format!("write `{word} {example}`"));
        return None;
    }
    if second.is_some() {
        let behind: Vec<TokenTree> = clause.value.clone().into_iter().skip(1).collect();
        stray(&first, &behind, word, diagnostics);
        return None;
    }
    literal(
        &first.into(),
        word,
        &format!("{word} {example}"),
        diagnostics,
    )
}

/// `1 second` instead of `1s`, or anything else behind a duration.
fn stray(first: &TokenTree, behind: &[TokenTree], word: &Ident, diagnostics: &mut Diagnostics) {
    let Some(second) = behind.first() else { return };
    match units::named(&second.to_string()) {
        Some(unit) => {
            diagnostics
                .error(
                    second.span(),
                    format!("unexpected `{second}` after `{word} {first}`"),
                )
                .help(format!(
                    "write the unit right behind the number: `{word} {first}{unit}`"
                ));
        }
        None => parse::report_stray(behind, &format!("{word} {first}"), diagnostics),
    }
}

/// `Duration::from_secs(10)`, `Seconds(10)` in milliseconds.
fn in_other_words(value: &TokenStream) -> Option<u64> {
    let tokens: Vec<TokenTree> = value.clone().into_iter().collect();
    let [.., TokenTree::Ident(word), TokenTree::Group(group)] = tokens.as_slice() else {
        return None;
    };
    let word = word.to_string().to_lowercase();
    let word = word
        .trim_start_matches("from_")
        .trim_start_matches("of")
        .to_owned();
    let unit = units::named(&word)?;
    let number = group.stream().to_string();
    let literal: Lit = syn::parse_str(&format!("{number}{unit}")).ok()?;
    units::duration_ms(&literal).ok()
}

/// One literal as a duration in milliseconds.
pub(in crate::resolve) fn literal(
    value: &TokenStream,
    word: &Ident,
    example: &str,
    diagnostics: &mut Diagnostics,
) -> Option<u64> {
    if is_no_literal(value) {
        // The Rust compiler has refused it.
        return None;
    }
    if let Ok(literal) = syn::parse2::<Lit>(value.clone()) {
        match units::duration_ms(&literal) {
            Ok(ms) => Some(ms),
            Err(bad) => {
                diagnostics
                    .error(literal.span(), bad.message)
                    .help(bad.help);
                None
            }
        }
    } else {
        let first = value.clone().into_iter().next();
        let found = first
            .as_ref()
            .map_or_else(String::new, |first| format!(", found `{first}`"));
        diagnostics
            .error(
                first.map_or_else(|| word.span(), |first| first.span()),
                format!("expected a duration such as `1s`{found}"),
            )
            .help(format!("write `{example}`"));
        None
    }
}

/// `'10s'`: more than one letter in single quotes.
fn is_no_literal(value: &TokenStream) -> bool {
    let text = value.to_string();
    text.len() > 3 && text.starts_with('\'') && text.ends_with('\'') && !text.contains('\\')
}

/// `0s`: a good end of a range and a good lag, though no good duration.
pub(super) fn is_zero(value: &TokenStream) -> bool {
    matches!(value.to_string().as_str(), "0s" | "0ms")
}

/// `-5m..+5m`: from how long before to how long after, in milliseconds; `None` where it is wrong, which
/// is then reported.
pub(super) fn range(clause: &Clause, diagnostics: &mut Diagnostics) -> Option<(i64, i64)> {
    let tokens: Vec<TokenTree> = clause.value.clone().into_iter().collect();
    let dots = tokens.windows(2).position(|pair| {
        pair.iter()
            .all(|token| matches!(token, TokenTree::Punct(dot) if dot.as_char() == '.'))
    });
    let Some((before, after)) = dots.map(|at| (&tokens[..at], &tokens[at + 2..])) else {
        diagnostics
            .error(
                clause.value_span(),
                "`within` takes how long before and how long after",
            )
            .help("write `within -5m..+5m`");
        return None;
    };
    let ends = [before, after].map(|end| end_ms(end, clause, diagnostics));
    let [Some(from), Some(to)] = ends else {
        return None;
    };
    if from > to {
        diagnostics
            .error(clause.value_span(), "`within` ends before it begins")
            .help("write the earlier end first: `within -5m..+5m`");
        return None;
    }
    Some((from, to))
}

fn end_ms(end: &[TokenTree], clause: &Clause, diagnostics: &mut Diagnostics) -> Option<i64> {
    let (sign, literal) = match end {
        [TokenTree::Punct(sign), literal] if sign.as_char() == '-' => (-1, literal),
        [TokenTree::Punct(sign), literal] if sign.as_char() == '+' => (1, literal),
        [literal] => (1, literal),
        _ => {
            diagnostics
                .error(
                    end.first().map_or(clause.word.span(), TokenTree::span),
                    "expected a duration with `-` or `+` in front",
                )
                .help("write `within -5m..+5m`");
            return None;
        }
    };
    if literal.to_string() == "0" || is_zero(&literal.clone().into()) {
        return Some(0);
    }
    let ms = self::literal(
        &literal.clone().into(),
        &clause.word,
        "within -5m..+5m",
        diagnostics,
    )?;
    i64::try_from(ms).ok().map(|ms| sign * ms)
}
