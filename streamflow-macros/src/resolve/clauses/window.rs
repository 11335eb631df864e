//! The window behind `over`.

mod place;

use proc_macro2::{Span, TokenTree};
use syn::LitInt;

use super::duration;
use crate::diagnostics::Diagnostics;
use crate::model::{Step, Window, WindowKind};
use crate::suggest;
use crate::syntax::Clause;

/// `over tumbling 1m`; `None` where it is wrong, which is then reported. Beside it the words of it,
/// each with its place.
pub(super) fn read(
    clause: &Clause,
    diagnostics: &mut Diagnostics,
) -> (Option<Window>, Vec<(String, Span)>) {
    let tokens: Vec<TokenTree> = clause.value.clone().into_iter().collect();
    let words = tokens.iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some((word.to_string(), word.span())),
        TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    });
    (window(clause, &tokens, diagnostics), words.collect())
}

fn window(clause: &Clause, tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Option<Window> {
    let (kind, rest) = match tokens.split_first() {
        Some((TokenTree::Ident(word), rest)) => (
            kind(&word.to_string(), word.span(), rest, diagnostics)?,
            rest,
        ),
        Some((first, _)) => {
            let size = match first {
                TokenTree::Literal(size) => size.to_string(),
                _ => "1m".to_owned(),
            };
            diagnostics
                .error(first.span(), "`over` does not say which kind of window")
                .help(format!(
                    "write `over tumbling {size}`: windows that follow each other"
                ));
            return None;
        }
        None => {
            diagnostics
                .error(clause.word.span(), "`over` has no window")
                .help("write `over tumbling 1m`");
            return None;
        }
    };
    let Some((size, mut rest)) = rest.split_first() else {
        diagnostics
            .error(
                tokens.first().map_or(clause.word.span(), TokenTree::span),
                format!("`{}` has no size", kind.word()),
            )
            .help(format!("write `{}`", kind.example()));
        return None;
    };
    let size_at = size.span();
    let size = amount(kind, size, clause, diagnostics)?;
    let mut step = None;
    let mut offset = None;
    let mut zone = None;
    let mut max_ms = None;
    while let Some((first, behind)) = rest.split_first() {
        let TokenTree::Ident(word) = first else {
            return stray(first, kind, diagnostics);
        };
        let takes = match (word.to_string().as_str(), kind) {
            ("by", WindowKind::Hopping | WindowKind::Cumulate | WindowKind::Rows)
            | ("max", WindowKind::Session) => true,
            ("offset" | "tz", _) => has_multiples(kind),
            _ => false,
        };
        if !takes {
            return stray(first, kind, diagnostics);
        }
        let Some((value, behind)) = behind.split_first() else {
            diagnostics
                .error(word.span(), format!("nothing follows `{word}`"))
                .help(match word.to_string().as_str() {
                    "tz" => "write `tz \"Europe/Berlin\"`".to_owned(),
                    other => format!("write `{other} 10s`"),
                });
            return None;
        };
        rest = behind;
        match word.to_string().as_str() {
            "tz" => zone = Some(place::zone(value, diagnostics)?),
            "offset" => {
                let (moved, behind) = place::offset(value, behind, diagnostics)?;
                offset = Some(moved);
                rest = behind;
            }
            other => {
                let amount = amount(kind, value, clause, diagnostics)?;
                if other == "by" {
                    step = Some(Step {
                        span: value.span(),
                        size: amount,
                    });
                } else {
                    max_ms = Some(amount);
                }
            }
        }
    }
    let mut window = Window {
        word: clause.word.span(),
        kind,
        size,
        step,
        max_ms,
        offset_ms: 0,
        zone,
        updates_ms: None,
        changes: false,
    };
    if let Some(offset) = offset {
        window.offset_ms = place::moves(offset, &window, diagnostics)?;
    }
    if zone.is_some() {
        place::follows_days(&window, size_at, diagnostics)?;
    }
    Some(window)
}

/// Whether windows of a kind begin at multiples of something, and so at other moments when they are
/// moved.
fn has_multiples(kind: WindowKind) -> bool {
    match kind {
        WindowKind::Tumbling | WindowKind::Hopping | WindowKind::Cumulate => true,
        // Those begin with an item.
        WindowKind::Sliding | WindowKind::Session | WindowKind::Rows => false,
    }
}

fn kind(
    word: &str,
    span: Span,
    rest: &[TokenTree],
    diagnostics: &mut Diagnostics,
) -> Option<WindowKind> {
    let words = WindowKind::ALL.map(|(word, _)| word);
    let found = WindowKind::ALL.iter().find(|(known, _)| *known == word);
    if let Some((_, kind)) = found {
        return Some(*kind);
    }
    let near = match word {
        "tumble" | "fixed" => Some("tumbling"),
        "hop" | "slide" => Some("hopping"),
        "sessions" | "gap" => Some("session"),
        "cumulative" => Some("cumulate"),
        "count" | "row" => Some("rows"),
        _ => suggest::nearest(word, words),
    };
    let help = match near {
        Some(near) => {
            let size = rest
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ");
            format!("did you mean `over {near} {size}`?")
        }
        None => format!("the windows are `{}`", words.join("`, `")),
    };
    diagnostics
        .error(span, format!("no window is named `{word}`"))
        .help(help);
    None
}

/// A duration in milliseconds, or a number of rows.
fn amount(
    kind: WindowKind,
    value: &TokenTree,
    clause: &Clause,
    diagnostics: &mut Diagnostics,
) -> Option<u64> {
    if kind != WindowKind::Rows {
        return duration::literal(
            &value.clone().into(),
            &clause.word,
            kind.example(),
            diagnostics,
        );
    }
    let rows = syn::parse2::<LitInt>(value.clone().into())
        .ok()
        .filter(|number| number.suffix().is_empty())
        .and_then(|number| number.base10_parse::<u64>().ok())
        .filter(|rows| *rows > 0);
    if rows.is_none() {
        diagnostics
            .error(value.span(), "`rows` takes a whole number above zero")
            .help("write `over rows 100`");
    }
    rows
}

fn stray(found: &TokenTree, kind: WindowKind, diagnostics: &mut Diagnostics) -> Option<Window> {
    let help = match (found, kind) {
        (TokenTree::Ident(word), WindowKind::Tumbling) if word == "by" => {
            "windows that move on by a step are `hopping 1m by 10s`".to_owned()
        }
        (TokenTree::Ident(word), WindowKind::Sliding) if word == "by" => {
            "a sliding window moves with each record; one that moves on by a step is `hopping 1m by \
             10s`"
                .to_owned()
        }
        (TokenTree::Ident(word), WindowKind::Session | WindowKind::Sliding)
            if word == "offset" || word == "tz" =>
        {
            format!(
                "a {} window begins with an item, and not at a time of day: take `{word} …` away",
                kind.word()
            )
        }
        (TokenTree::Literal(_) | TokenTree::Punct(_), WindowKind::Hopping) => {
            "write the step behind `by`: `over hopping 1m by 10s`".to_owned()
        }
        _ => format!("write `{}`", kind.example()),
    };
    diagnostics
        .error(
            found.span(),
            format!("unexpected `{found}` in a {} window", kind.word()),
        )
        .help(help);
    None
}
