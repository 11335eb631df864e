//! Reads the arguments of sources and sinks: one without a name, and options with one.
//!
//! They are split by hand, as what stands in some options is not Rust: `offsets: {0: 100..200}`.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::{Expr, LitStr};

use super::{arguments, foreign};
use crate::closure::Function;
use crate::diagnostics::Diagnostics;
use crate::model::Roll;
use crate::parse;
use crate::suggest;
use crate::support::{self, What};
use crate::syntax::Operation;
use crate::units;

/// What the value of an option is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// Rust: an expression or a closure.
    Rust,
    /// `earliest`, `latest`, `timestamp "…"`.
    Start,
    /// `caught_up`.
    End,
    /// `{0: 100..200}`.
    Offsets,
    /// `10_000/s`.
    Rate,
    /// A size or a duration.
    Roll,
}

/// The options of an operation.
pub(super) type Takes = &'static [(&'static str, Value)];

pub(super) const OF_KAFKA_SOURCE: Takes = &[
    ("start", Value::Start),
    ("until", Value::End),
    ("offsets", Value::Offsets),
    ("max_rate", Value::Rate),
    ("pattern", Value::Rust),
];
pub(super) const OF_KAFKA_SINK: Takes = &[
    ("key", Value::Rust),
    ("value", Value::Rust),
    ("headers", Value::Rust),
];
pub(super) const OF_FILES_SINK: Takes = &[("suffix", Value::Rust), ("roll", Value::Roll)];
pub(super) const OF_TABLE_SINK: Takes = &[("key", Value::Rust)];

/// The arguments as written.
#[derive(Debug)]
pub(super) struct Options {
    /// The one without a name.
    pub(super) first: Option<TokenStream>,
    pub(super) named: Vec<(Ident, TokenStream)>,
}

/// Reads them; `None` where one is wrong, which is then reported.
pub(super) fn read(
    operation: &Operation,
    takes: Takes,
    example: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Options> {
    let mut options = Options {
        first: None,
        named: Vec::new(),
    };
    let stream = operation
        .args
        .as_ref()
        .map(proc_macro2::Group::stream)
        .unwrap_or_default();
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    for argument in arguments_of(&tokens) {
        match argument {
            [] => {}
            slip if is_slip(slip, operation, takes, diagnostics) => return None,
            [TokenTree::Ident(name), TokenTree::Punct(sign), value @ ..]
                if is_sign(sign.as_char(), value) =>
            {
                let is_known = takes.iter().any(|(known, _)| name == known);
                if sign.as_char() == '=' && is_known && diagnostics.first_time("option = value") {
                    diagnostics
                        .error(sign.span(), format!("`{name}` takes a `:`, not a `=`"))
                        .help(format!(
                            "write `{name}: {}`",
                            crate::text::of(&value.iter().cloned().collect())
                        ));
                }
                let value: TokenStream = value.iter().cloned().collect();
                option(name, &value, operation, takes, diagnostics)?;
                if name == "pattern" && options.first.is_none() {
                    options.first = Some(value.clone());
                }
                options.named.push((name.clone(), value));
            }
            // `pattern "re"`.
            [TokenTree::Ident(name), value @ TokenTree::Literal(_)]
                if options.first.is_none() && takes.iter().any(|(known, _)| name == known) =>
            {
                options.named.push((name.clone(), value.clone().into()));
                options.first = Some(value.clone().into());
            }
            [second, ..] if options.first.is_some() => {
                a_second(second, &options, operation, takes, example, diagnostics);
                return None;
            }
            value => options.first = Some(value.iter().cloned().collect()),
        }
    }
    Some(options)
}

/// Reports signs that are missing in an argument, and a format that belongs behind the others.
fn is_slip(
    argument: &[TokenTree],
    operation: &Operation,
    takes: Takes,
    diagnostics: &mut Diagnostics,
) -> bool {
    let word = &operation.word;
    let is_option = |name: &Ident| takes.iter().any(|(known, _)| name == known);
    let of = |tokens: &[TokenTree]| crate::text::of(&tokens.iter().cloned().collect());
    match argument {
        // `value |item| …`
        [TokenTree::Ident(name), TokenTree::Punct(bar), ..]
            if bar.as_char() == '|' && is_option(name) =>
        {
            diagnostics
                .error(bar.span(), format!("a `:` is missing behind `{name}`"))
                .help(format!("write `{name}: {}`", of(&argument[1..])));
        }
        // `kafka("clicks" as Text)`
        [topic, TokenTree::Ident(as_word), format @ ..] if as_word == "as" => {
            diagnostics
                .error(as_word.span(), "the format stands behind the parentheses")
                .help(format!("write `{word}({topic}) as {}`", of(format)));
        }
        // `kafka("clicks" key: …)`
        [value, TokenTree::Ident(name), TokenTree::Punct(colon), ..]
            if colon.as_char() == ':' && is_option(name) =>
        {
            diagnostics
                .error(
                    name.span(),
                    format!("a `,` is missing in front of `{name}:`"),
                )
                .help(format!("write `{word}({value}, {name}: …)`"));
        }
        _ => return false,
    }
    true
}

/// Reports a second argument without a name.
fn a_second(
    second: &TokenTree,
    options: &Options,
    operation: &Operation,
    takes: Takes,
    example: &str,
    diagnostics: &mut Diagnostics,
) {
    let word = &operation.word;
    let is_closure = matches!(second, TokenTree::Punct(bar) if bar.as_char() == '|');
    let several = matches!(second, TokenTree::Literal(_)) && word == "kafka";
    if is_closure && word == "kafka" && takes == OF_KAFKA_SINK {
        diagnostics
            .error(
                second.span(),
                "a closure of `kafka` has a name that says what it makes",
            )
            .help("write `key: |item| …` or `value: |item| …`");
        return;
    }
    if let Some(address) = broker(options).filter(|_| several) {
        diagnostics
            .error(
                address.span(),
                "the address of a broker does not stand in a job",
            )
            .help(format!(
                "write `{word}({second})`, and start the job with `--brokers {}`",
                address.to_string().trim_matches('"')
            ));
        return;
    }
    let message = if takes.is_empty() {
        format!("`{word}` takes one argument")
    } else {
        format!("`{word}` takes one argument without a name")
    };
    let help = if several && takes == OF_KAFKA_SOURCE {
        "several topics stand in brackets: `from kafka([\"a\", \"b\"])`".to_owned()
    } else {
        format!("write `{example}`")
    };
    diagnostics.error(second.span(), message).help(help);
}

/// What stands where the topic should, if it is the address of a broker.
fn broker(options: &Options) -> Option<TokenTree> {
    let first = options.first.clone()?.into_iter().next()?;
    let text = first.to_string();
    let (_, port) = text.trim_matches('"').rsplit_once(':')?;
    port.parse::<u16>().is_ok().then_some(first)
}

/// The stretches between commas; those of a closure's parameters are not such.
fn arguments_of(tokens: &[TokenTree]) -> Vec<&[TokenTree]> {
    let mut stretches = Vec::new();
    let mut begin = 0;
    let mut in_parameters = false;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Punct(bar) if bar.as_char() == '|' => in_parameters = !in_parameters,
            TokenTree::Punct(comma) if comma.as_char() == ',' && !in_parameters => {
                stretches.push(tokens.get(begin..at).unwrap_or_default());
                begin = at + 1;
            }
            _ => {}
        }
    }
    stretches.push(tokens.get(begin..).unwrap_or_default());
    stretches
}

/// Whether a sign stands between a name and its value: `name::other` is a path, `name => …` and
/// `name == …` are something else.
fn is_sign(sign: char, behind: &[TokenTree]) -> bool {
    let next = match behind.first() {
        Some(TokenTree::Punct(next)) => Some(next.as_char()),
        _ => None,
    };
    match sign {
        ':' => next != Some(':'),
        '=' => !matches!(next, Some('=' | '>')),
        _ => false,
    }
}

fn option(
    name: &Ident,
    value: &TokenStream,
    operation: &Operation,
    takes: Takes,
    diagnostics: &mut Diagnostics,
) -> Option<()> {
    let written = name.to_string();
    let word = &operation.word;
    let Some((_, kind)) = takes.iter().find(|(known, _)| *known == written) else {
        let near = suggest::nearest(&written, takes.iter().map(|(known, _)| *known));
        let help = match (near, takes) {
            (Some(near), _) => format!("did you mean `{near}:`?"),
            (None, []) => format!("take `{written}:` away"),
            (None, takes) => {
                let known: Vec<String> = takes
                    .iter()
                    .filter(|(known, _)| support::is_supported(What::Option, known))
                    .map(|(known, _)| format!("`{known}:`"))
                    .collect();
                match instead(&written) {
                    Some(instead) => instead.to_owned(),
                    None if known.is_empty() => format!("take `{written}:` away"),
                    None => format!("it takes {}", known.join(", ")),
                }
            }
        };
        diagnostics
            .error(name.span(), format!("`{word}` takes no `{written}:`"))
            .help(help);
        return None;
    };
    let (fits, what) = match kind {
        Value::Rust => (!value.is_empty(), "a value"),
        Value::Start => (
            is_start(value),
            "`earliest`, `latest` or `timestamp \"2026-01-01T00:00:00Z\"`",
        ),
        Value::End => (
            is_end(value),
            "`caught_up`: the end that the topic has when the job starts",
        ),
        Value::Offsets => (
            is_offsets(value),
            "partitions with ranges of offsets, `{0: 100..200}`",
        ),
        Value::Rate => (is_rate(value), "a rate such as `10_000/s`"),
        Value::Roll => (
            roll(value).is_some(),
            "a size or a duration, such as `128MiB` or `10m`",
        ),
    };
    if fits {
        return Some(());
    }
    let span = value
        .clone()
        .into_iter()
        .next()
        .map_or_else(|| name.span(), |token| token.span());
    diagnostics
        .error(span, format!("`{written}:` takes {what}"))
        .maybe_help(match kind {
            Value::Rust => Some(format!("write `{written}: …`")),
            _ => None,
        });
    None
}

/// What users of clients and other systems put here.
fn instead(name: &str) -> Option<&'static str> {
    match name.replace('_', "").to_lowercase().as_str() {
        "brokers" | "bootstrapservers" | "servers" | "group" | "groupid" => Some(
            "it depends on where the job runs: give it by a flag (`--brokers`, `--group`), in the \
             environment or in `streamflow.toml`",
        ),
        "format" | "valueformat" | "deserializer" | "valuedeserializer" => {
            Some("the format stands behind `as`: `as Json<T>`")
        }
        "startingoffsets" | "offset" | "autooffsetreset" | "from" => Some(
            "where a topic begins is written `start: earliest`, or said when the job is started: `--from earliest`",
        ),
        "topic" | "topics" | "subscribe" => Some("the topic has no name: `kafka(\"topic\")`"),
        "partitions" | "parallelism" => {
            Some("workers share the partitions out by themselves: take it out")
        }
        name if [
            "sasl", "ssl", "security", "username", "user", "password", "token", "client",
        ]
        .iter()
        .any(|begin| name.starts_with(begin)) =>
        {
            Some(
                "it depends on where the job runs: give it by the environment, by \
                 `streamflow.toml`, or by a flag, `-X property=value`",
            )
        }
        name if name.starts_with("fetch")
            || name.starts_with("max")
            || name.starts_with("enable") =>
        {
            Some("properties of the Kafka client are given by a flag, `-X property=value`")
        }
        _ => None,
    }
}

fn is_end(value: &TokenStream) -> bool {
    let words = ["caught_up", "now"];
    matches!(syn::parse2::<Ident>(value.clone()), Ok(word) if words.iter().any(|end| word == end))
}

fn is_start(value: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = value.clone().into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(word)] => ["earliest", "latest", "checkpoint"]
            .iter()
            .any(|known| word == known),
        [TokenTree::Ident(word), TokenTree::Literal(_)] => word == "timestamp",
        [
            TokenTree::Ident(word),
            TokenTree::Punct(colon),
            TokenTree::Literal(_),
        ] => word == "timestamp" && colon.as_char() == ':',
        [TokenTree::Ident(word), TokenTree::Group(group)] => {
            word == "timestamp" && syn::parse2::<LitStr>(group.stream()).is_ok()
        }
        _ => false,
    }
}

fn is_offsets(value: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = value.clone().into_iter().collect();
    let [TokenTree::Group(group)] = tokens.as_slice() else {
        return false;
    };
    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
    group.delimiter() == Delimiter::Brace
        && !inside.is_empty()
        && parse::split_at(&inside, ',').into_iter().all(|entry| {
            entry.is_empty()
                || matches!(entry, [TokenTree::Literal(_), TokenTree::Punct(colon), range @ ..]
                    if colon.as_char() == ':'
                        && syn::parse2::<syn::ExprRange>(range.iter().cloned().collect()).is_ok())
        })
}

fn is_rate(value: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = value.clone().into_iter().collect();
    matches!(tokens.as_slice(),
        [TokenTree::Literal(_) | TokenTree::Ident(_), TokenTree::Punct(slash), TokenTree::Ident(unit)]
            if slash.as_char() == '/' && unit == "s")
}

/// A size or a duration, behind `roll:`.
pub(super) fn roll(value: &TokenStream) -> Option<Roll> {
    let literal = syn::parse2::<syn::Lit>(value.clone()).ok()?;
    let size = units::bytes(&literal).map(Roll::Bytes);
    size.or_else(|_| units::duration_ms(&literal).map(Roll::Ms))
        .ok()
}

/// The value of an option as Rust; reports what is wrong with it.
pub(super) fn expression(
    value: &TokenStream,
    operation: &Operation,
    diagnostics: &mut Diagnostics,
) -> Option<Expr> {
    match syn::parse2::<Expr>(value.clone()) {
        Ok(value) => Some(value),
        Err(error) => {
            let end = operation
                .args
                .as_ref()
                .map_or(operation.word.span(), proc_macro2::Group::span_close);
            foreign::report(value, &error, end, diagnostics);
            None
        }
    }
}

/// The value of an option as a function of the item.
pub(super) fn function(
    value: &TokenStream,
    operation: &Operation,
    diagnostics: &mut Diagnostics,
) -> Option<Function> {
    let value = expression(value, operation, diagnostics)?;
    arguments::one_function(value, &operation.word, diagnostics)
}
