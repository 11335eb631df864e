//! Reads the header: `pub job name(parameters) { setting: value, … }`.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::cursor::{Cursor, is_punct, split_at};
use crate::diagnostics::Diagnostics;
use crate::syntax::{Header, Setting};

/// The header, if the job has one.
pub(super) fn job(cursor: &mut Cursor, diagnostics: &mut Diagnostics) -> Option<Header> {
    let public = cursor.peek_word(0).is_some_and(|word| word == "pub");
    let is_job = cursor.peek_word(0).is_some_and(|word| word == "job");
    if !public && !is_job {
        return None;
    }
    let visibility = if public {
        scope(cursor)
    } else {
        TokenStream::new()
    };
    let word = cursor.next_word()?;
    if word != "job" {
        diagnostics
            .error(word.span(), format!("expected `job`, found `{word}`"))
            .help("a header begins with `pub job name`");
        return None;
    }
    let Some(name) = cursor.next_word() else {
        diagnostics
            .error(word.span(), "`job` has no name")
            .help("write `job access_counts` and the settings in braces, if any");
        if matches!(cursor.peek(), Some(TokenTree::Literal(_))) {
            // A name in quotes.
            cursor.next();
        }
        return None;
    };
    let parameters = cursor.next_group(Delimiter::Parenthesis);
    let settings = match cursor.next_group(Delimiter::Brace) {
        Some(group) => settings(&group, diagnostics),
        None => Vec::new(),
    };
    Some(Header {
        visibility,
        name,
        parameters,
        settings,
    })
}

fn scope(cursor: &mut Cursor) -> TokenStream {
    let word = cursor.next();
    let scope = cursor
        .next_group(Delimiter::Parenthesis)
        .map(TokenTree::Group);
    word.into_iter().chain(scope).collect()
}

fn settings(group: &Group, diagnostics: &mut Diagnostics) -> Vec<Setting> {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let mut settings = Vec::new();
    for entry in split_at(&tokens, ',') {
        match entry {
            [] => {}
            [TokenTree::Ident(name), colon, value @ ..]
                if is_punct(colon, ':') && !value.is_empty() =>
            {
                settings.push(Setting {
                    name: name.clone(),
                    value: value.iter().cloned().collect(),
                });
            }
            [first, ..] => {
                diagnostics
                    .error(first.span(), "expected a setting, `name: value`")
                    .help("for example `checkpoint: \"state\" every 10s, parallelism: 4`");
            }
        }
    }
    settings
}
