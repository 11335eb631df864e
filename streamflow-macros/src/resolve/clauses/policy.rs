//! What happens to a record that a stage cannot process: `else skip`.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::{Expr, LitInt};

use super::{Read, duration};
use crate::diagnostics::Diagnostics;
use crate::model::{OnError, Policy, Retry};
use crate::suggest;
use crate::support::{self, What};
use crate::syntax::Clause;

const WORDS: [&str; 6] = ["fail", "skip", "dead_letter", "default", "to", "retry"];

const ADVICE: &str = "write `else fail` to stop, or `else skip` to count it and go on";

/// The policy behind `else`; reports what is wrong with it.
pub(super) fn read(
    clause: &Clause,
    read: &mut Read,
    diagnostics: &mut Diagnostics,
) -> Option<Policy> {
    let tokens: Vec<TokenTree> = clause.value.clone().into_iter().collect();
    let Some(TokenTree::Ident(word)) = tokens.first().filter(|first| first.to_string() == "retry")
    else {
        return behind_retry(&tokens, clause, read, diagnostics);
    };
    read.uses(What::Policy, "retry", word.span());
    let (retry, behind) = retry(&tokens, clause, diagnostics)?;
    let then = match tokens.get(behind..) {
        None | Some([]) => policy(clause, OnError::Fail),
        Some(then) => behind_retry(then, clause, read, diagnostics)?,
    };
    Some(Policy {
        retry: Some(retry),
        ..then
    })
}

/// What happens at last.
fn behind_retry(
    tokens: &[TokenTree],
    clause: &Clause,
    read: &mut Read,
    diagnostics: &mut Diagnostics,
) -> Option<Policy> {
    let (word, group) = match tokens {
        [TokenTree::Ident(word)] => (word, None),
        [TokenTree::Ident(word), TokenTree::Group(group)]
            if group.delimiter() == Delimiter::Parenthesis =>
        {
            (word, Some(group))
        }
        [TokenTree::Ident(word), value @ TokenTree::Literal(_)] if word == "default" => {
            diagnostics
                .error(value.span(), "the value of `default` stands in parentheses")
                .help(format!("write `else default({value})`"));
            return None;
        }
        [TokenTree::Ident(word), TokenTree::Group(_), stray, ..]
        | [TokenTree::Ident(word), stray, ..] => {
            return unexpected(word, stray, diagnostics);
        }
        _ => return unknown(tokens.first(), clause, diagnostics),
    };
    let inside = group.map(proc_macro2::Group::stream).unwrap_or_default();
    read.uses(What::Policy, &word.to_string(), word.span());
    match (word.to_string().as_str(), group) {
        ("fail", None) => Some(policy(clause, OnError::Fail)),
        ("skip", None) => Some(policy(clause, OnError::Skip)),
        ("dead_letter", _) => Some(Policy {
            dead_letter: Some(topic(word, inside, diagnostics)?),
            ..policy(clause, OnError::Skip)
        }),
        ("default", _) => Some(Policy {
            default: Some(value_of(word, inside, diagnostics)?),
            ..policy(clause, OnError::Skip)
        }),
        ("to", _) => {
            let Ok(name) = syn::parse2::<Ident>(inside) else {
                diagnostics
                    .error(
                        word.span(),
                        "`to` does not name the stream of refused records",
                    )
                    .help("write a name: `else to(refused)`, and use it behind: `refused | print`");
                return None;
            };
            Some(Policy {
                to: Some(name),
                ..policy(clause, OnError::Skip)
            })
        }
        ("fail" | "skip", Some(group)) => {
            diagnostics
                .error(group.span_open(), format!("`{word}` takes no arguments"))
                .help(format!("write `else {word}`"));
            None
        }
        _ => unknown(tokens.first(), clause, diagnostics),
    }
}

fn policy(clause: &Clause, on_error: OnError) -> Policy {
    Policy {
        word: clause.word.span(),
        on_error,
        default: None,
        dead_letter: None,
        to: None,
        retry: None,
    }
}

/// `fail`, `skip` or `dead_letter("topic")`, as a setting of the job.
pub(in crate::resolve) fn word(
    value: &TokenStream,
    clause: &Clause,
    later: &mut Vec<support::Use>,
    diagnostics: &mut Diagnostics,
) -> Option<Policy> {
    let clause = Clause {
        word: clause.word.clone(),
        value: value.clone(),
    };
    let mut reading = Read::default();
    let policy = read(&clause, &mut reading, diagnostics)?;
    let of_one_stage = match policy {
        Policy {
            default: Some(_), ..
        } => Some("`default` takes the place of one stage's value"),
        Policy { to: Some(_), .. } => Some("`to` names the refused items of one stage"),
        Policy { retry: Some(_), .. } => Some("`retry` tries one stage again"),
        Policy { .. } => None,
    };
    if let Some(of_one_stage) = of_one_stage {
        let name = &clause.word;
        diagnostics
            .error(
                clause.value_span(),
                format!("{of_one_stage}, and `{name}:` is for all of them"),
            )
            .help(format!(
                "write it behind the stage, `else …`, and here `{name}: fail`, `{name}: skip` or \
                 `{name}: dead_letter(\"topic\")`"
            ));
        return None;
    }
    later.append(&mut reading.later);
    Some(policy)
}

fn topic(word: &Ident, inside: TokenStream, diagnostics: &mut Diagnostics) -> Option<Expr> {
    if let Ok(topic) = syn::parse2::<Expr>(inside) {
        return Some(topic);
    }
    diagnostics
        .error(word.span(), "`dead_letter` does not say to which topic")
        .help("write `else dead_letter(\"topic\")`");
    None
}

fn value_of(word: &Ident, inside: TokenStream, diagnostics: &mut Diagnostics) -> Option<Expr> {
    if let Ok(value) = syn::parse2::<Expr>(inside) {
        return Some(value);
    }
    diagnostics
        .error(
            word.span(),
            "`default` does not say which value takes the place of a refused one",
        )
        .help("write `else default(0)`");
    None
}

/// `retry 3 backoff 1s..10s`, and how many tokens it takes.
fn retry(
    tokens: &[TokenTree],
    clause: &Clause,
    diagnostics: &mut Diagnostics,
) -> Option<(Retry, usize)> {
    let wrong = |found: Option<&TokenTree>, diagnostics: &mut Diagnostics| {
        let span = found
            .or(tokens.first())
            .map_or(clause.word.span(), TokenTree::span);
        diagnostics
            .error(
                span,
                "`retry` takes how often and how long to wait in between",
            )
            .help("write `else retry 5 backoff 100ms..10s`, and behind it what happens then");
        None
    };
    let times = tokens.get(1).and_then(|count| {
        let count = syn::parse2::<LitInt>(count.clone().into()).ok()?;
        let times = count.base10_parse::<u32>().ok()?;
        (count.suffix().is_empty() && times > 0).then_some(times)
    });
    let Some(times) = times else {
        return wrong(tokens.get(1), diagnostics);
    };
    if !matches!(tokens.get(2), Some(TokenTree::Ident(word)) if word == "backoff") {
        return wrong(tokens.get(2).or(tokens.get(1)), diagnostics);
    }
    let (Some(from), Some(to)) = (tokens.get(3), tokens.get(6)) else {
        return wrong(tokens.last(), diagnostics);
    };
    let mut read = |end: &TokenTree| {
        duration::literal(
            &end.clone().into(),
            &clause.word,
            "else retry 5 backoff 100ms..10s",
            diagnostics,
        )
    };
    let (from_ms, to_ms) = (read(from)?, read(to)?);
    if from_ms > to_ms {
        diagnostics
            .error(to.span(), format!("`{to}` is less than `{from}`"))
            .help(format!(
                "the wait grows: write the shorter one first, `backoff {to}..{from}`"
            ));
        return None;
    }
    let retry = Retry {
        word: tokens.first().map_or(clause.word.span(), TokenTree::span),
        times,
        from_ms,
        to_ms,
    };
    Some((retry, 7))
}

fn unexpected(word: &Ident, stray: &TokenTree, diagnostics: &mut Diagnostics) -> Option<Policy> {
    diagnostics
        .error(
            stray.span(),
            format!("unexpected `{stray}` after `else {word}`"),
        )
        .help("stages are joined by `|`, and pipelines ended by `;`");
    None
}

fn unknown(
    found: Option<&TokenTree>,
    clause: &Clause,
    diagnostics: &mut Diagnostics,
) -> Option<Policy> {
    let first = found.map(ToString::to_string).unwrap_or_default();
    let said = if first.is_empty() {
        "nothing".to_owned()
    } else {
        format!("`{first}`")
    };
    let near = suggest::nearest(
        &first,
        WORDS
            .into_iter()
            .filter(|word| support::is_supported(What::Policy, word)),
    );
    let is_setting = clause.word != "else";
    let help = match (near, first.as_str()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, _) if is_setting => format!(
            "write `{0}: fail` to stop, or `{0}: skip` to count it and go on",
            clause.word
        ),
        (None, "drop" | "ignore" | "continue" | "log" | "discard" | "pass") => {
            "write `else skip` to count it and go on".to_owned()
        }
        (None, _) => ADVICE.to_owned(),
    };
    diagnostics
        .error(
            clause.value_span(),
            format!("expected what to do with a bad record, found {said}"),
        )
        .help(help);
    None
}
