//! Reads one operation: a word, its arguments, and its clauses.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

use super::cursor::{Cursor, is_punct};
use super::stray;
use crate::diagnostics::Diagnostics;
use crate::operators;
use crate::syntax::{Clause, Operation, Remainder};
use crate::text;

/// The words that begin a clause.
pub(crate) const CLAUSES: [&str; 21] = [
    "every",
    "as",
    "else",
    "over",
    "running",
    "ttl",
    "cap",
    "forever",
    "late",
    "emit",
    "within",
    "as_of",
    "lag",
    "idle",
    "future",
    "concurrency",
    "timeout",
    "ordered",
    "unordered",
    "cache",
    "nondet",
];

/// What stands in front of an operation.
#[derive(Debug, Clone, Copy)]
pub(super) enum After {
    From,
    To,
    Pipe,
}

/// An operation; `None` where not even its word could be read.
pub(super) fn read(
    tokens: &[TokenTree],
    before: Span,
    after: After,
    diagnostics: &mut Diagnostics,
) -> Option<Operation> {
    let stream: TokenStream = tokens.iter().cloned().collect();
    let mut cursor = Cursor::new(stream.clone());
    let Some(word) = cursor.next_word() else {
        no_word(tokens.first(), before, after, diagnostics);
        return None;
    };
    let args = cursor
        .next_group(Delimiter::Parenthesis)
        .or_else(|| in_brackets(&mut cursor, &word, diagnostics));
    let body = cursor.next_group(Delimiter::Brace);
    let (clauses, remainder) = if is_refused(&word, after) {
        // Its clauses may be unknown too: one message about the word is enough.
        (Vec::new(), Remainder::Nothing)
    } else {
        clauses(cursor, &word, diagnostics)
    };
    Some(Operation {
        word,
        args,
        body,
        clauses,
        text: text::of(&stream),
        remainder,
    })
}

/// `kafka["topic"]`: the brackets are reported, and taken for parentheses.
fn in_brackets(cursor: &mut Cursor, word: &Ident, diagnostics: &mut Diagnostics) -> Option<Group> {
    let group = cursor.next_group(Delimiter::Bracket)?;
    let inside = text::of(&group.stream());
    diagnostics
        .error(
            group.span_open(),
            format!("the arguments of `{word}` stand in parentheses"),
        )
        .help(format!("write `{word}({inside})`"));
    Some(group)
}

/// Whether the word itself will be reported.
fn is_refused(word: &Ident, after: After) -> bool {
    let word = word.to_string();
    match after {
        After::From => operators::source(&word).is_none(),
        After::To => operators::sink(&word).is_none(),
        After::Pipe => operators::operator(&word).is_none(),
    }
}

fn no_word(found: Option<&TokenTree>, before: Span, after: After, diagnostics: &mut Diagnostics) {
    let span = found.map_or(before, TokenTree::span);
    let (what, example) = match after {
        After::From => ("a source after `from`", "`from kafka(\"topic\")`"),
        After::To => ("a sink after `to`", "`to files(\"dir\")`"),
        After::Pipe => ("an operator", "`| map(|item| …)`"),
    };
    let message = match found {
        Some(token) => format!(
            "expected {what}, found `{}`",
            text::of(&token.clone().into())
        ),
        None => format!("expected {what}"),
    };
    // `to "clean"`, `from ("clicks")`
    let topic = match found {
        Some(TokenTree::Literal(topic)) => Some(topic.to_string()),
        Some(TokenTree::Group(group)) => Some(text::of(&group.stream())),
        _ => None,
    };
    let connector = match (topic, after) {
        (Some(topic), After::From) => Some(format!("`from kafka({topic})`")),
        (Some(topic), After::To) => Some(format!("`to kafka({topic})`")),
        _ => None,
    };
    diagnostics
        .error(span, message)
        .help(format!("write {}", connector.as_deref().unwrap_or(example)));
}

fn clauses(
    mut cursor: Cursor,
    operation: &Ident,
    diagnostics: &mut Diagnostics,
) -> (Vec<Clause>, Remainder) {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut remainder = Remainder::Nothing;
    while let Some(token) = cursor.peek().cloned() {
        match &token {
            TokenTree::Ident(word) if is_clause(word) => {
                cursor.next();
                let value = match name_like_a_clause(word, &cursor) {
                    Some(name) => {
                        cursor.next();
                        name.into_token_stream()
                    }
                    None => clause_value(&mut cursor),
                };
                clauses.push(Clause {
                    word: word.clone(),
                    value,
                });
            }
            mark => {
                let rest = cursor.all();
                stray::report(rest, &operation.to_string(), diagnostics);
                remainder = Remainder::Stray;
                if matches!(mark, TokenTree::Punct(_)) || stray::begins_anew(rest) {
                    // Whatever follows is not joined as stages are, or belongs to another stage.
                    break;
                }
                // One mistake, one message: the clause behind a misspelt word is its value.
                cursor.next();
                clause_value(&mut cursor);
            }
        }
    }
    (clauses, remainder)
}

pub(super) fn is_clause(word: &Ident) -> bool {
    CLAUSES.iter().any(|clause| word == clause)
}

/// The name in `as idle`: behind `as`, a word that begins clauses elsewhere, and nothing of a clause.
fn name_like_a_clause(word: &Ident, cursor: &Cursor) -> Option<Ident> {
    let name = cursor.peek_word(0).filter(|name| is_clause(name))?;
    let ends = match cursor.all().get(1) {
        None => true,
        Some(TokenTree::Ident(next)) => is_clause(next),
        Some(_) => false,
    };
    (word == "as" && ends).then(|| name.clone())
}

/// Everything up to the next word that begins a clause; `as` inside `<…>` begins none.
fn clause_value(cursor: &mut Cursor) -> TokenStream {
    let mut value = Vec::new();
    let mut angles = 0i32;
    while let Some(token) = cursor.peek() {
        if is_punct(token, '<') {
            angles += 1;
        } else if is_punct(token, '>') {
            angles -= 1;
        }
        if angles <= 0 && matches!(token, TokenTree::Ident(word) if is_clause(word)) {
            break;
        }
        value.extend(cursor.next());
    }
    value.into_iter().collect()
}
