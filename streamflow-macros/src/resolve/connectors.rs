//! Resolves sources (`from …`) and sinks (`to …`).

use proc_macro2::Ident;
use quote::ToTokens;
use syn::Expr;

use super::arguments::{self, Argument};
use super::builder::{Builder, NewStage};
use super::clauses::{self, Read, Takes};
use super::formats;
use crate::diagnostics::Diagnostics;
use crate::model::{Health, Kind, NodeId, Source};
use crate::operators::{self as table, Connector, Support};
use crate::suggest;
use crate::syntax::Operation;

/// Adds a source, and behind it the decoding of its records where it has any.
pub(super) fn source(
    operation: &Operation,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> NodeId {
    let known = known(operation, table::SOURCES, "source", "from", diagnostics);
    if arguments::are_elsewhere(operation) {
        return builder.hole(None);
    }
    let source = known.and_then(|_| source_kind(operation, diagnostics));
    let bytes = !matches!(source, Some(Source::Iter { .. } | Source::Generate { .. }));
    let takes = Takes {
        format: bytes,
        policy: bytes,
        ..Takes::NOTHING
    };
    if known.is_none() {
        return builder.hole(None);
    }
    let read = clauses::read(operation, takes, diagnostics);
    let Some(source) = source.filter(|_| !read.unusable) else {
        return builder.hole(None);
    };
    // Checkpoints find a source by this text, so neither format nor policy is part of it.
    let arguments = operation.args.as_ref().map(arguments::text);
    let text = format!("{}{}", operation.word, arguments.unwrap_or_default());
    let mut stage = NewStage {
        text: &text,
        ..new_stage(operation, Kind::Source(source), &read)
    };
    if !bytes {
        return builder.add_source(stage);
    }
    let policy = stage.policy.take();
    let node = builder.add_source(stage);
    let (text, format) = match &read.format {
        Some(written) => (
            format!("as {}", crate::text::of(&written.to_token_stream())),
            formats::of_source(written.clone(), diagnostics),
        ),
        None => (
            "as Text".to_owned(),
            Some(formats::default(&operation.word)),
        ),
    };
    let Some(format) = format else {
        return builder.hole(Some(node));
    };
    let decode = NewStage {
        policy,
        text: &text,
        ..new_stage(operation, Kind::Decode { format }, &read)
    };
    builder.add_decode(decode, node)
}

/// Adds a sink behind `input`.
pub(super) fn sink(
    operation: &Operation,
    input: NodeId,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> NodeId {
    let word = operation.word.to_string();
    if let Some(operator) = table::operator(&word).filter(|_| word == "print" || word == "for_each")
    {
        diagnostics
            .error(
                operation.word.span(),
                format!("`{word}` stands without `to`"),
            )
            .help(format!("write `{}`", operator.example));
        return builder.hole(Some(input));
    }
    if known(operation, table::SINKS, "sink", "to", diagnostics).is_none() {
        return builder.hole(Some(input));
    }
    let kind = sink_kind(operation, diagnostics);
    let files = word == "files";
    let encodes = files || word == "kafka";
    let takes = Takes {
        every: files,
        format: encodes,
        policy: encodes,
        name: false,
    };
    let mut read = clauses::read(operation, takes, diagnostics);
    let Some(mut kind) = kind.filter(|_| !read.unusable) else {
        return builder.hole(Some(input));
    };
    if let Kind::ToFiles { format, .. } | Kind::ToKafka { format, .. } = &mut kind {
        *format = match read.format.take() {
            Some(written) => match formats::of_sink(written, diagnostics) {
                Some(known) => known,
                None => return builder.hole(Some(input)),
            },
            None => formats::default(&operation.word),
        };
    }
    let stage = NewStage {
        trigger: read.trigger.clone(),
        ..new_stage(operation, kind, &read)
    };
    builder.add(stage, vec![input])
}

fn new_stage<'a>(operation: &'a Operation, kind: Kind, read: &Read) -> NewStage<'a> {
    NewStage {
        word: &operation.word,
        text: &operation.text,
        kind,
        trigger: None,
        policy: read.policy.clone(),
        name: None,
        health: if read.mended {
            Health::Mended
        } else {
            Health::Sound
        },
    }
}

fn known(
    operation: &Operation,
    connectors: &'static [Connector],
    what: &str,
    before: &str,
    diagnostics: &mut Diagnostics,
) -> Option<&'static Connector> {
    let word = operation.word.to_string();
    match connectors.iter().find(|connector| connector.name == word) {
        Some(connector) if connector.support == Support::Now => Some(connector),
        Some(_) => {
            diagnostics.error(
                operation.word.span(),
                format!("the {what} `{word}` is not supported yet"),
            );
            None
        }
        None => {
            let near = suggest::nearest(&word, connectors.iter().map(|connector| connector.name));
            let help = if let Some(near) =
                near.and_then(|near| connectors.iter().find(|c| c.name == near))
            {
                format!("did you mean `{before} {}`?", near.example)
            } else {
                let now: Vec<String> = connectors
                    .iter()
                    .filter(|connector| connector.support == Support::Now)
                    .map(|connector| format!("`{}`", connector.name))
                    .collect();
                format!("the {what}s are {}", now.join(", "))
            };
            diagnostics
                .error(
                    operation.word.span(),
                    format!("no {what} is named `{word}`"),
                )
                .help(help);
            None
        }
    }
}

fn source_kind(operation: &Operation, diagnostics: &mut Diagnostics) -> Option<Source> {
    if operation.word == "stdin" {
        arguments::none(operation, diagnostics);
        return Some(Source::Stdin);
    }
    let example = table::source(&operation.word.to_string())?.example;
    if operation.word == "generate" {
        return generate(operation, example, diagnostics);
    }
    let arguments = arguments::list(operation, diagnostics)?;
    let first = only(
        arguments,
        operation,
        &format!("from {example}"),
        diagnostics,
    )?;
    match operation.word.to_string().as_str() {
        "kafka" => Some(Source::Kafka { topics: first }),
        "iter" => Some(Source::Iter { items: first }),
        "socket" => Some(Source::Socket { address: first }),
        _ => Some(Source::Files { pattern: first }),
    }
}

/// The one argument of a source.
fn only(
    arguments: Vec<Argument>,
    operation: &Operation,
    example: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Expr> {
    let word = &operation.word;
    let mut value = None;
    for argument in arguments {
        if let Some(name) = &argument.name {
            diagnostics
                .error(name.span(), format!("`{word}` takes no `{name}:`"))
                .help(format!("write `{example}`"));
            return None;
        }
        if value.is_some() {
            diagnostics
                .error(
                    arguments::span_of(&argument.value),
                    format!("`{word}` takes one argument"),
                )
                .help(format!("write `{example}`"));
            return None;
        }
        value = Some(argument.value);
    }
    if value.is_none() {
        diagnostics
            .error(word.span(), format!("`{word}` does not say what to read"))
            .help(format!("write `{example}`"));
    }
    value
}

/// `generate(10_000/s, |n| …)`: a rate and a function of the item's number.
fn generate(operation: &Operation, example: &str, diagnostics: &mut Diagnostics) -> Option<Source> {
    let arguments = arguments::list(operation, diagnostics)?;
    let Ok([rate, make]) = <[Argument; 2]>::try_from(arguments) else {
        diagnostics
            .error(
                operation.word.span(),
                "`generate` takes a rate and a function of the item's number",
            )
            .help(format!("write `from {example}`"));
        return None;
    };
    let per_second = match &rate.value {
        Expr::Binary(binary)
            if matches!(binary.op, syn::BinOp::Div(_))
                && matches!(&*binary.right, Expr::Path(unit) if unit.path.is_ident("s")) =>
        {
            (*binary.left).clone()
        }
        other => {
            diagnostics
                .error(
                    arguments::span_of(other),
                    "expected a rate such as `10_000/s`",
                )
                .help(format!("write `from {example}`"));
            return None;
        }
    };
    let make = arguments::combiner(make.value, 1, &operation.word, diagnostics)?;
    Some(Source::Generate { per_second, make })
}

fn sink_kind(operation: &Operation, diagnostics: &mut Diagnostics) -> Option<Kind> {
    let word = &operation.word;
    if word == "null" {
        arguments::none(operation, diagnostics);
        return Some(Kind::ToNull);
    }
    let mut first = None;
    let mut options = Vec::new();
    for argument in arguments::list(operation, diagnostics)? {
        match argument.name {
            None if first.is_none() => first = Some(argument.value),
            None if matches!(argument.value, Expr::Closure(_)) && word == "kafka" => {
                diagnostics
                    .error(
                        arguments::span_of(&argument.value),
                        "a closure of `kafka` has a name that says what it makes",
                    )
                    .help("write `key: |item| …` or `value: |item| …`");
                return None;
            }
            None => {
                diagnostics
                    .error(
                        arguments::span_of(&argument.value),
                        format!("`{word}` takes one argument without a name"),
                    )
                    .maybe_help(
                        table::sink(&word.to_string())
                            .map(|sink| format!("write `to {}`", sink.example)),
                    );
                return None;
            }
            Some(name) => options.push((name, argument.value)),
        }
    }
    let Some(first) = first else {
        let example = table::sink(&word.to_string()).map_or("files(\"dir\")", |sink| sink.example);
        diagnostics
            .error(word.span(), format!("`{word}` does not say where to write"))
            .help(format!("write `to {example}`"));
        return None;
    };
    if word == "files" {
        to_files(first, options, word, diagnostics)
    } else {
        to_kafka(first, options, word, diagnostics)
    }
}

fn to_files(
    dir: Expr,
    options: Vec<(Ident, Expr)>,
    word: &Ident,
    diagnostics: &mut Diagnostics,
) -> Option<Kind> {
    let mut suffix = None;
    for (name, value) in options {
        match name.to_string().as_str() {
            "suffix" => suffix = Some(value),
            other => {
                option(&name, other, "files", &["suffix"], diagnostics);
                return None;
            }
        }
    }
    Some(Kind::ToFiles {
        dir,
        suffix,
        format: formats::default(word),
    })
}

fn to_kafka(
    topic: Expr,
    options: Vec<(Ident, Expr)>,
    word: &Ident,
    diagnostics: &mut Diagnostics,
) -> Option<Kind> {
    let (mut key, mut value) = (None, None);
    for (name, given) in options {
        match name.to_string().as_str() {
            "key" => key = Some(arguments::one_function(given, word, diagnostics)?),
            "value" => value = Some(arguments::one_function(given, word, diagnostics)?),
            other => {
                option(&name, other, "kafka", &["key", "value"], diagnostics);
                return None;
            }
        }
    }
    Some(Kind::ToKafka {
        topic,
        key,
        value,
        format: formats::default(word),
    })
}

fn option(
    name: &Ident,
    found: &str,
    sink: &str,
    known: &[&'static str],
    diagnostics: &mut Diagnostics,
) {
    let help = match suggest::nearest(found, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}:`?"),
        None => format!(
            "it takes {}",
            known
                .iter()
                .map(|name| format!("`{name}:`"))
                .collect::<Vec<_>>()
                .join(" and ")
        ),
    };
    diagnostics
        .error(name.span(), format!("`{sink}` takes no `{found}:`"))
        .help(help);
}
