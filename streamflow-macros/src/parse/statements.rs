//! Takes a job apart into what stands between its semicolons, also where one is missing or one
//! stands too many.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};

use super::binding::{self, Splits};
use super::cursor::is_punct;
use super::{chain, change, stray};
use crate::diagnostics::Diagnostics;
use crate::syntax::Statement;

/// Every statement of a job.
pub(super) fn read(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Vec<Statement> {
    let mut splits = Splits::default();
    apart(tokens, diagnostics)
        .iter()
        .filter_map(|tokens| statement(tokens, &mut splits, diagnostics))
        .collect()
}

fn statement(
    tokens: &[TokenTree],
    splits: &mut Splits,
    diagnostics: &mut Diagnostics,
) -> Option<Statement> {
    if change::begins(tokens) {
        return change::change(tokens, diagnostics).map(Statement::Change);
    }
    if binding::begins(tokens) {
        return binding::read(tokens, splits, diagnostics);
    }
    let tokens = splits.without(tokens);
    Some(Statement::Pipeline(chain::whole(tokens, diagnostics)))
}

/// The job without the comments of other languages, which are reported, and without the bars of a
/// closure around it.
pub(super) fn without_comments(input: TokenStream, diagnostics: &mut Diagnostics) -> TokenStream {
    let tokens: Vec<TokenTree> = input.into_iter().collect();
    let tokens = match tokens.as_slice() {
        [first, second, rest @ ..] if is_punct(first, '|') && is_punct(second, '|') => {
            diagnostics
                .error(first.span(), "a job is no closure")
                .help("take the `||` away: begin with `from`");
            rest
        }
        [bar, rest @ ..] if is_punct(bar, '|') => {
            diagnostics
                .error(bar.span(), "no `|` stands in front of the first stage")
                .help("take it away: begin with `from`");
            rest
        }
        tokens => tokens,
    };
    let mut kept = Vec::new();
    let mut comment_on: Option<usize> = None;
    for (at, token) in tokens.iter().enumerate() {
        let line = token.span().start().line;
        if comment_on == Some(line) {
            continue;
        }
        comment_on = None;
        if let Some(sign) = comment(&tokens[at..]) {
            if diagnostics.first_time("comment") {
                diagnostics
                    .error(
                        token.span(),
                        format!("a comment does not begin with `{sign}`"),
                    )
                    .help("write `//`");
            }
            comment_on = Some(line);
            continue;
        }
        kept.push(token.clone());
    }
    kept.into_iter().collect()
}

/// The sign with which a comment of another language begins here.
fn comment(tokens: &[TokenTree]) -> Option<&'static str> {
    match tokens {
        [hash, next, ..] if is_punct(hash, '#') => {
            let is_attribute = matches!(next, TokenTree::Group(group)
                if group.delimiter() == Delimiter::Bracket);
            (!is_attribute).then_some("#")
        }
        [first, second, ..] if is_punct(first, '-') && is_punct(second, '-') => Some("--"),
        _ => None,
    }
}

/// The tokens of each statement.
fn apart(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> Vec<Vec<TokenTree>> {
    let names = names(tokens);
    let mut statements: Vec<Vec<TokenTree>> = Vec::new();
    let mut current: Vec<TokenTree> = Vec::new();
    let mut ended_by: Option<Span> = None;
    for (at, token) in tokens.iter().enumerate() {
        if is_punct(token, ',') && could_end(&current) && begins_pipeline(&tokens[at + 1..]) {
            diagnostics
                .error(token.span(), "pipelines are set apart by `;`")
                .help("write a `;` here");
            statements.push(std::mem::take(&mut current));
            continue;
        }
        if is_punct(token, ';') {
            if !current.is_empty() {
                statements.push(std::mem::take(&mut current));
            }
            ended_by = Some(token.span());
            continue;
        }
        if current.is_empty()
            && is_punct(token, '|')
            && let (Some(semicolon), Some(before)) = (ended_by, statements.pop())
        {
            diagnostics
                .error(semicolon, "this `;` ends the pipeline, and a `|` follows")
                .help("take the `;` away");
            current = before;
        }
        if let Some(before) = current.last()
            && could_end(&current)
            && begins(&tokens[at..], before, &names)
        {
            // A header behind pipelines is a mistake of its own.
            if !is_header(&tokens[at..]) {
                stray::no_semicolon(token, diagnostics);
            }
            statements.push(std::mem::take(&mut current));
        }
        current.push(token.clone());
    }
    if !current.is_empty() {
        statements.push(current);
    }
    statements
}

/// Whether a statement so far is one that a `;` could end. `let clicks` is none, and neither is
/// what does not stand in a job.
fn could_end(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Ident(word), TokenTree::Ident(_)] if word == "let" => false,
        _ if change::begins(tokens) => true,
        [TokenTree::Ident(word), ..] if word == "from" || word == "let" || word == "union" => true,
        [TokenTree::Ident(_), sign, ..] => is_punct(sign, '|') || is_punct(sign, '='),
        _ => false,
    }
}

fn begins_pipeline(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Ident(word), ..] if word == "from" || word == "let")
}

/// The names that `let` gives anywhere in the job.
fn names(tokens: &[TokenTree]) -> BTreeSet<String> {
    tokens
        .windows(2)
        .filter_map(|two| match two {
            [TokenTree::Ident(word), TokenTree::Ident(name)] if word == "let" => {
                Some(name.to_string())
            }
            _ => None,
        })
        .collect()
}

/// Whether a statement begins here, though no `;` stands in front.
fn begins(tokens: &[TokenTree], before: &TokenTree, names: &BTreeSet<String>) -> bool {
    let [TokenTree::Ident(word), rest @ ..] = tokens else {
        return false;
    };
    if word == "let" {
        return true;
    }
    let goes_on = match before {
        TokenTree::Punct(mark) => matches!(mark.as_char(), '|' | '=' | ',' | ':' | '.'),
        TokenTree::Ident(word) => is_half(word),
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    };
    if goes_on {
        return false;
    }
    let on_a_new_line = before.span().end().line < word.span().start().line;
    match rest.first() {
        _ if word == "from" => true,
        Some(TokenTree::Group(_)) if word == "union" => on_a_new_line,
        Some(next) if is_punct(next, '|') => on_a_new_line && names.contains(&word.to_string()),
        _ => on_a_new_line && (is_header(tokens) || change::begins(tokens)),
    }
}

/// A word that something must follow.
fn is_half(word: &Ident) -> bool {
    ["as", "else", "to", "every", "pub", "from"]
        .iter()
        .any(|half| word == half)
}

fn is_header(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Ident(job), TokenTree::Ident(_) | TokenTree::Literal(_), ..]
        if job == "job")
}
