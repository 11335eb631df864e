//! Reads the header: `pub job name(parameters) { setting: value, … }`.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

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
    }
    colon(cursor, &word, diagnostics);
    let name = name(cursor, &word, diagnostics)?;
    type_parameters(cursor, diagnostics);
    let mut parameters = cursor.next_group(Delimiter::Parenthesis);
    let mut settings = Vec::new();
    if let Some(group) = parameters.take_if(|group| !public && holds_settings(group)) {
        diagnostics
            .error(group.span_open(), "settings stand in braces")
            .help(format!(
                "write `job {name} {{ {} }}`",
                crate::text::of(&group.stream())
            ));
        settings.extend(self::settings(&group, diagnostics));
    }
    let parameters = parameters.map(|group| with_types(group, diagnostics));
    result(cursor, diagnostics);
    if let Some(group) = cursor.next_group(Delimiter::Brace) {
        settings.extend(self::settings(&group, diagnostics));
    }
    Some(Header {
        visibility,
        name,
        parameters,
        settings,
    })
}

/// `job: clicks`
fn colon(cursor: &mut Cursor, word: &Ident, diagnostics: &mut Diagnostics) {
    let Some(sign) = cursor
        .peek()
        .filter(|token| is_punct(token, ':') || is_punct(token, '='))
    else {
        return;
    };
    diagnostics
        .error(
            sign.span(),
            format!("the name stands right behind `{word}`"),
        )
        .help(format!("take the `{sign}` away"));
    cursor.next();
}

/// `(parallelism: 4)`: values, and no types.
fn holds_settings(group: &Group) -> bool {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    matches!(tokens.as_slice(), [TokenTree::Ident(_), sign, TokenTree::Literal(_), ..]
        if is_punct(sign, ':') || is_punct(sign, '='))
}

/// The name; reports one that is no word of Rust, and makes one of it.
fn name(cursor: &mut Cursor, word: &Ident, diagnostics: &mut Diagnostics) -> Option<Ident> {
    if let Some(TokenTree::Literal(literal)) = cursor.peek().cloned() {
        cursor.next();
        let plain = word_of(&literal.to_string());
        diagnostics
            .error(
                literal.span(),
                "the name of a job is a word, without quotes",
            )
            .help(format!("write `job {plain}`"));
        return syn::parse_str::<Ident>(&plain).ok();
    }
    let Some(name) = cursor.next_word() else {
        diagnostics
            .error(word.span(), "`job` has no name")
            .help("write `job access_counts` and the settings in braces, if any");
        return None;
    };
    let mut whole = name.to_string();
    let mut dash = None;
    while let (Some(TokenTree::Punct(mark)), Some(next)) =
        (cursor.peek().cloned(), cursor.peek_word(1).cloned())
        && mark.as_char() == '-'
    {
        dash = dash.or(Some(mark.span()));
        whole = format!("{whole}_{next}");
        cursor.next();
        cursor.next();
    }
    if let Some(dash) = dash {
        diagnostics
            .error(dash, "the name of a job is one word")
            .help(format!("write `job {whole}`"));
    }
    Some(name)
}

/// A text as one word.
fn word_of(text: &str) -> String {
    let text = text.trim_matches('"');
    let word: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if word.starts_with(|first: char| first.is_ascii_digit()) || word.is_empty() {
        format!("job_{word}")
    } else {
        word
    }
}

/// `<T: Ord>` behind the name.
fn type_parameters(cursor: &mut Cursor, diagnostics: &mut Diagnostics) {
    let Some(open) = cursor.peek().filter(|token| is_punct(token, '<')) else {
        return;
    };
    diagnostics
        .error(open.span(), "a job has no type parameters")
        .help("take them away, and write types in its parameters: `(min: u64)`");
    let mut depth = 0i32;
    while let Some(token) = cursor.next() {
        if is_punct(&token, '<') {
            depth += 1;
        } else if is_punct(&token, '>') {
            depth -= 1;
        }
        if depth == 0 {
            break;
        }
    }
}

/// `-> Job` behind the parameters.
fn result(cursor: &mut Cursor, diagnostics: &mut Diagnostics) {
    let Some(arrow) = cursor.peek().filter(|token| is_punct(token, '-')) else {
        return;
    };
    diagnostics
        .error(arrow.span(), "what a job gives is not written")
        .help("take the `->` and the type away");
    while cursor.peek().is_some_and(|token| {
        !matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
            && !matches!(token, TokenTree::Ident(word) if word == "from" || word == "let")
    }) {
        cursor.next();
    }
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
    for entry in entries(&tokens, diagnostics) {
        match entry {
            [] => {}
            [TokenTree::Ident(name), sign, value @ ..]
                if (is_punct(sign, ':') || is_punct(sign, '=')) && !value.is_empty() =>
            {
                if is_punct(sign, '=') && diagnostics.first_time("setting = value") {
                    diagnostics
                        .error(sign.span(), "a setting takes a `:`, not a `=`")
                        .help(format!(
                            "write `{name}: {}`",
                            crate::text::of(&value.iter().cloned().collect())
                        ));
                }
                settings.push(Setting {
                    name: name.clone(),
                    value: value.iter().cloned().collect(),
                });
            }
            // `application.id: "clicks"`
            [TokenTree::Ident(first), dot, TokenTree::Ident(_), ..]
                if is_punct(dot, '.') || is_punct(dot, '-') =>
            {
                let name: String = entry
                    .iter()
                    .take_while(|token| !is_punct(token, ':') && !is_punct(token, '='))
                    .map(ToString::to_string)
                    .collect();
                diagnostics
                    .error(first.span(), format!("no setting is named `{name}`"))
                    .help(property(&name));
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

/// The settings, also where something else than a `,` stands between two, or nothing.
fn entries<'a>(tokens: &'a [TokenTree], diagnostics: &mut Diagnostics) -> Vec<&'a [TokenTree]> {
    let mut entries = Vec::new();
    let mut begin = 0;
    for (at, token) in tokens.iter().enumerate() {
        if is_punct(token, ',') || is_punct(token, ';') {
            if is_punct(token, ';') && diagnostics.first_time("setting;") {
                diagnostics
                    .error(token.span(), "settings are set apart by `,`")
                    .help("write a `,` here");
            }
            entries.push(tokens.get(begin..at).unwrap_or_default());
            begin = at + 1;
        } else if at > begin + 1
            && is_whole(tokens.get(begin..at).unwrap_or_default())
            && begins_setting(tokens.get(at..).unwrap_or_default())
        {
            diagnostics
                .error(
                    token.span(),
                    format!("a `,` is missing in front of `{token}`"),
                )
                .help("settings are set apart by `,`");
            entries.push(tokens.get(begin..at).unwrap_or_default());
            begin = at;
        }
    }
    entries.push(tokens.get(begin..).unwrap_or_default());
    entries
}

/// Whether a setting could end here: `name: value`.
fn is_whole(entry: &[TokenTree]) -> bool {
    matches!(entry, [TokenTree::Ident(_), sign, _, ..]
        if is_punct(sign, ':') || is_punct(sign, '='))
}

/// Where a property of another system is set.
fn property(name: &str) -> String {
    match name {
        "processing.guarantee" => "write `guarantee: at_least_once`, or take it out".to_owned(),
        "application.id" | "app.name" | "group.id" => {
            "the group is given when the job is started: `--group name`".to_owned()
        }
        "num.stream.threads" => "write `parallelism: 4`".to_owned(),
        "bootstrap.servers" => {
            "the brokers are given when the job is started: `--brokers host:port`".to_owned()
        }
        _ => format!(
            "properties of the Kafka client are given when the job is started: `-X {name}=value`"
        ),
    }
}

/// `name: value`, and no path.
fn begins_setting(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Ident(_), colon, value, ..]
        if is_punct(colon, ':') && !is_punct(value, ':'))
        && !matches!(tokens, [_, TokenTree::Punct(colon), ..]
            if colon.spacing() == proc_macro2::Spacing::Joint)
}
