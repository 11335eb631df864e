//! Says of tokens that fit nowhere what they were probably meant for.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::cursor::is_punct;
use super::operation::{CLAUSES, is_clause};
use crate::diagnostics::Diagnostics;
use crate::operators::{self, Elsewhere};
use crate::suggest;
use crate::text;
use crate::units;

/// Reports tokens that stand behind `after` and do not belong there, at the first of them.
pub(crate) fn report(tokens: &[TokenTree], after: &str, diagnostics: &mut Diagnostics) {
    let Some(first) = tokens.first() else { return };
    if begins_pipeline(tokens) {
        no_semicolon(first, diagnostics);
        return;
    }
    let found = match first {
        TokenTree::Group(group) => text::of(&TokenTree::Group(group.clone()).into()),
        other => other.to_string(),
    };
    diagnostics
        .error(
            first.span(),
            format!("unexpected `{found}` after `{after}`"),
        )
        .maybe_help(meant(tokens, after));
}

/// Reports a statement in front of which no `;` stands.
pub(super) fn no_semicolon(first: &TokenTree, diagnostics: &mut Diagnostics) {
    diagnostics
        .error(
            first.span(),
            format!("a `;` is missing in front of `{first}`"),
        )
        .help("end what stands in front of it by a `;`");
}

/// Whether a stretch begins as a stage or a pipeline does: what follows is part of it.
pub(super) fn begins_anew(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Ident(word), ..] => {
            begins_pipeline(tokens) || operators::is_known(&word.to_string()) || is_sink(tokens)
        }
        _ => false,
    }
}

fn begins_pipeline(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Ident(word), TokenTree::Group(_), ..] if word == "union" => true,
        [TokenTree::Ident(word), ..] => word == "from" || word == "let",
        _ => false,
    }
}

/// `kafka("topic")`.
fn is_sink(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Ident(word), TokenTree::Group(group), ..]
        if group.delimiter() == Delimiter::Parenthesis
            && operators::sink(&word.to_string()).is_some())
}

fn meant(tokens: &[TokenTree], after: &str) -> Option<String> {
    match tokens {
        [TokenTree::Ident(word), ..] => Some(meant_by_word(word, tokens)),
        [TokenTree::Literal(literal), ..] => {
            let text = literal.to_string();
            let both = after
                .strip_prefix("every ")
                .map(|first| format!("{first}{text}"));
            Some(if let Some(both) = both.filter(|both| is_duration(both)) {
                // `every 1h 30m`
                format!("write `every {both}`, without a blank")
            } else if text.starts_with(|first: char| first.is_ascii_digit()) {
                format!("did you mean `every {text}`?")
            } else {
                format!("arguments stand in parentheses: `{after}({text})`")
            })
        }
        [TokenTree::Punct(mark), rest @ ..] => meant_by_mark(mark.as_char(), rest, after),
        _ => None,
    }
}

fn meant_by_word(word: &Ident, tokens: &[TokenTree]) -> String {
    let written = word.to_string();
    if operators::is_known(&written) {
        format!("put a `|` in front of `{word}`")
    } else if is_sink(tokens) {
        format!("write `| to {}`", of(&tokens[..2]))
    } else if let Some(Elsewhere::Answer(answer)) = operators::from_elsewhere(&written)
        && operators::of_clause(&written).is_none()
    {
        answer.to_owned()
    } else if matches!(written.as_str(), "skip" | "fail") {
        format!("write `else {word}`")
    } else if let Some(answer) = operators::of_clause(&written) {
        answer.to_owned()
    } else {
        suggest::nearest(&written, CLAUSES).map_or_else(
            || "a stage begins behind a `|`, and a pipeline behind a `;`".to_owned(),
            |clause| format!("did you mean `{clause}`?"),
        )
    }
}

fn meant_by_mark(mark: char, rest: &[TokenTree], after: &str) -> Option<String> {
    if !matches!(mark, '.' | '-' | '=' | '>' | ',') {
        return None;
    }
    // The second half of an arrow.
    let rest = match rest {
        [half, rest @ ..] if is_punct(half, '>') => rest,
        rest => rest,
    };
    Some(match rest {
        // `.every(10s)`
        [TokenTree::Ident(word), TokenTree::Group(group), ..] if is_clause(word) => {
            format!("write `{word} {}`", text::of(&group.stream()))
        }
        [TokenTree::Ident(source), ..] if mark == ',' && after == "kafka" && source == "kafka" => {
            "several topics stand in brackets: `from kafka([\"a\", \"b\"])`".to_owned()
        }
        // `.setParallelism(4)`
        [TokenTree::Ident(word), ..]
            if matches!(
                operators::from_elsewhere(&word.to_string()),
                Some(Elsewhere::Answer(_))
            ) =>
        {
            match operators::from_elsewhere(&word.to_string()) {
                Some(Elsewhere::Answer(answer)) => answer.to_owned(),
                _ => return None,
            }
        }
        rest if is_sink(rest) => format!("write `| to {}`", of(&rest[..2])),
        [TokenTree::Ident(word), ..] if operators::is_known(&word.to_string()) => {
            format!("stages are joined by `|`: write `| {word}`")
        }
        _ => "stages are joined by `|`".to_owned(),
    })
}

fn is_duration(text: &str) -> bool {
    syn::parse_str(text).is_ok_and(|literal| units::duration_ms(&literal).is_ok())
}

fn of(tokens: &[TokenTree]) -> String {
    text::of(&tokens.iter().cloned().collect::<TokenStream>())
}
