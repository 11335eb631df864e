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
    let parameters = parameters.map(|group| with_types(group, diagnostics));
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

/// The parameters, or none where one has no type: left to the Rust compiler, that underlines the
/// whole job.
fn with_types(group: Group, diagnostics: &mut Diagnostics) -> Group {
    let mut sound = true;
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    for parameter in split_at(&tokens, ',') {
        if let [TokenTree::Ident(name)] = parameter {
            diagnostics
                .error(name.span(), format!("the parameter `{name}` has no type"))
                .help(format!("write its type, as in `{name}: u64`"));
            sound = false;
        }
    }
    if sound {
        group
    } else {
        Group::new(Delimiter::Parenthesis, TokenStream::new())
    }
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
            [TokenTree::Ident(word), ..] if word == "from" || word == "let" => {
                diagnostics
                    .error(
                        word.span(),
                        "pipelines do not stand in the braces of the header",
                    )
                    .help("the braces hold settings: close them in front of the pipelines");
                break;
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
