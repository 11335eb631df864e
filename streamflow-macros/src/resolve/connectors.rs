//! Resolves sources (`from …`) and sinks (`to …`).

use quote::ToTokens;
use syn::Expr;

use super::arguments::{self, Argument};
use super::builder::{Builder, NewStage};
use super::clauses::{self, Read, Takes};
use super::options::{self, Options};
use super::{formats, reads, secrets, urls};
use crate::diagnostics::Diagnostics;
use crate::model::{Health, Kind, NodeId, OwnSink, Place, Source};
use crate::operators::{self as table, Connector, Keeps};
use crate::suggest;
use crate::support::{self, Use, What};
use crate::syntax::Operation;

/// Adds a source, and behind it the decoding of its records where it has any.
pub(super) fn source(
    operation: &Operation,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> NodeId {
    let Some(connector) = known(operation, table::SOURCES, "source", "from", diagnostics) else {
        return builder.hole(None);
    };
    if arguments::are_elsewhere_in_connector(operation) {
        return builder.hole(None);
    }
    note_secrets(operation, builder);
    let mut later: Vec<Use> = support::used(What::Source, connector.name, operation.word.span())
        .into_iter()
        .collect();
    let source = source_kind(operation, connector, &mut later, diagnostics);
    let takes: &[&str] = if connector.bytes {
        &["as", "else"]
    } else {
        &[]
    };
    let mut read = clauses::read(
        operation,
        Takes {
            clauses: takes,
            format: true,
            keeps: Keeps::Nothing,
        },
        diagnostics,
    );
    builder.interval_told |= clauses::misplaces_interval(operation, takes);
    let Some(source) = source.filter(|_| !read.unusable) else {
        return builder.hole(None);
    };
    // Checkpoints find a source by this text, so neither format nor policy is part of it.
    let arguments = operation.args.as_ref().map(arguments::text);
    let text = format!("{}{}", operation.word, arguments.unwrap_or_default());
    let source_later = builder.note_later(later, operation);
    let stage = NewStage {
        text: &text,
        later: source_later,
        policy: None,
        ..new_stage(operation, Kind::Source(source), &read)
    };
    let node = builder.add_source(stage);
    if !connector.bytes {
        return node;
    }
    let (text, format) = match read.format.take() {
        Some(written) => (
            format!("as {}", crate::text::of(&written.to_token_stream())),
            formats::of_source(written, &mut read.later, diagnostics),
        ),
        None => (
            "as Text".to_owned(),
            Some(formats::default(&operation.word)),
        ),
    };
    let Some(format) = format else {
        return builder.hole(Some(node));
    };
    let later = std::mem::take(&mut read.later);
    let decode = NewStage {
        text: &text,
        later: builder.note_later(later, operation),
        ..new_stage(operation, Kind::Decode { format }, &read)
    };
    let decoded = builder.add_decode(decode, node);
    builder.bind_refused(decoded, diagnostics);
    decoded
}

/// Adds a sink behind `input`.
pub(super) fn sink(
    operation: &Operation,
    input: NodeId,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> NodeId {
    let word = operation.word.to_string();
    if let Some(operator) =
        table::operator(&word).filter(|operator| operator.group == table::Group::Sink)
    {
        diagnostics
            .error(
                operation.word.span(),
                format!("`{word}` stands without `to`"),
            )
            .help(format!("write `{}`", operator.example));
        return builder.hole(Some(input));
    }
    let Some(connector) = known(operation, table::SINKS, "sink", "to", diagnostics) else {
        return builder.hole(Some(input));
    };
    note_secrets(operation, builder);
    let mut later: Vec<Use> = support::used(What::Sink, connector.name, operation.word.span())
        .into_iter()
        .collect();
    let kind = sink_kind(operation, connector, &mut later, diagnostics);
    let mut takes: Vec<&str> = vec!["else"];
    if connector.bytes {
        takes.push("as");
    }
    if matches!(connector.name, "files" | "object_store") {
        takes.push("every");
    }
    if connector.name == "null" {
        takes.clear();
    }
    let mut read = clauses::read(
        operation,
        Takes {
            clauses: &takes,
            format: true,
            keeps: Keeps::Nothing,
        },
        diagnostics,
    );
    let Some(mut kind) = kind.filter(|_| !read.unusable) else {
        return builder.hole(Some(input));
    };
    if let Some(written) = read.format.take() {
        let Some(known) = formats::of_sink(written, &mut read.later, diagnostics) else {
            return builder.hole(Some(input));
        };
        if let Kind::ToParts { format, .. } | Kind::ToKafka { format, .. } = &mut kind {
            *format = known;
        }
    }
    later.append(&mut read.later);
    let stage = NewStage {
        trigger: read.trigger.clone(),
        later: builder.note_later(later, operation),
        ..new_stage(operation, kind, &read)
    };
    let node = builder.add(stage, vec![input]);
    builder.bind_refused(node, diagnostics);
    node
}

fn note_secrets(operation: &Operation, builder: &mut Builder) {
    if let Some(args) = &operation.args {
        builder.note_secrets(secrets::in_tokens(&args.stream()));
    }
}

fn new_stage<'a>(operation: &'a Operation, kind: Kind, read: &Read) -> NewStage<'a> {
    NewStage {
        policy: read.policy.clone(),
        health: if read.mended {
            Health::Mended
        } else {
            Health::Sound
        },
        ..NewStage::plain(&operation.word, &operation.text, kind)
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
    let named = |name: &str| connectors.iter().find(|connector| connector.name == name);
    if let Some(connector) = named(&word) {
        return Some(connector);
    }
    let place = if before == "from" {
        What::Source
    } else {
        What::Sink
    };
    let near = suggest::nearest(&word, connectors.iter().map(|connector| connector.name));
    let help = if before == "to" && is_print(&word) {
        "write `print`, without `to`".to_owned()
    } else if before == "from" && matches!(word.as_str(), "csv" | "json") {
        let inside = operation
            .args
            .as_ref()
            .map(|args| crate::text::of(&args.stream()));
        let format = if word == "csv" { "Csv" } else { "Json" };
        format!(
            "write `from files({}) as {format}<T>`",
            inside.as_deref().unwrap_or("\"dir/*.csv\"")
        )
    } else if before == "from" && operation.args.is_none() {
        format!("a stream that `let` has named stands without `from`: `{word} | …`")
    } else if let Some(near) = near.or_else(|| elsewhere(&word)).and_then(named) {
        format!("did you mean `{before} {}`?", near.example)
    } else {
        let known: Vec<String> = connectors
            .iter()
            .filter(|connector| support::is_supported(place, connector.name))
            .map(|connector| format!("`{}`", connector.name))
            .collect();
        format!("the {what}s are {}", known.join(", "))
    };
    diagnostics
        .error(
            operation.word.span(),
            format!("no {what} is named `{word}`"),
        )
        .help(help);
    None
}

/// What the standard output is called as a sink of other systems.
fn is_print(word: &str) -> bool {
    ["stdout", "console", "out", "screen", "terminal", "log"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// What sources and sinks are called in other systems.
fn elsewhere(word: &str) -> Option<&'static str> {
    const WORDS: [(&str, &[&str]); 6] = [
        (
            "kafka",
            &[
                "topic",
                "stream",
                "kafkasource",
                "kafkasink",
                "table",
                "readstream",
            ],
        ),
        (
            "files",
            &[
                "file",
                "text",
                "textfile",
                "filesystem",
                "csv",
                "json",
                "parquet",
                "dir",
                "directory",
            ],
        ),
        (
            "iter",
            &["list", "collection", "vec", "elements", "seq", "values"],
        ),
        ("socket", &["tcp", "sockettextstream"]),
        ("generate", &["rate", "datagen", "sequence", "range"]),
        ("null", &["nowhere", "blackhole", "noop", "nothing"]),
    ];
    let folded = word.replace('_', "").to_lowercase();
    WORDS
        .iter()
        .find(|(_, names)| names.contains(&folded.as_str()))
        .map(|(name, _)| *name)
}

fn source_kind(
    operation: &Operation,
    connector: &'static Connector,
    later: &mut Vec<Use>,
    diagnostics: &mut Diagnostics,
) -> Option<Source> {
    if operation.word == "stdin" {
        arguments::nothing(operation, diagnostics)?;
        return Some(Source::Stdin);
    }
    if operation.word == "generate" {
        return generate(operation, connector.example, diagnostics);
    }
    let example = format!("from {}", connector.example);
    let takes = match connector.name {
        "kafka" => options::OF_KAFKA_SOURCE,
        _ => &[],
    };
    let Options { first, named } = options::read(operation, takes, &example, diagnostics)?;
    for (name, _) in &named {
        later.extend(support::used(What::Option, &name.to_string(), name.span()));
    }
    let Some(first) = first else {
        diagnostics
            .error(
                operation.word.span(),
                format!("`{}` does not say what to read", operation.word),
            )
            .help(format!("write `{example}`"));
        return None;
    };
    let first = options::expression(&first, operation, diagnostics)?;
    Some(match connector.name {
        "kafka" => Source::Kafka {
            topics: first,
            reads: reads::of(&named, operation, diagnostics)?,
        },
        "iter" => Source::Iter { items: first },
        "channel" => Source::Channel { receiver: first },
        "custom" => Source::Custom { source: first },
        "socket" => {
            has_port(&first, diagnostics)?;
            Source::Socket { address: first }
        }
        "files" => Source::Files { pattern: first },
        // The table has no other.
        _ => return None,
    })
}

/// `"host:port"`, where it is written out.
fn has_port(address: &Expr, diagnostics: &mut Diagnostics) -> Option<()> {
    let Expr::Lit(literal) = address else {
        return Some(());
    };
    let syn::Lit::Str(text) = &literal.lit else {
        return Some(());
    };
    let written = text.value();
    let port = written.rsplit_once(':').map(|(_, port)| port);
    if port.is_some_and(|port| !port.is_empty()) {
        return Some(());
    }
    let host = written.split(':').next().unwrap_or("localhost");
    diagnostics
        .error(text.span(), "the address does not say which port")
        .help(format!("write `socket(\"{host}:9999\")`"));
    None
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

fn sink_kind(
    operation: &Operation,
    connector: &'static Connector,
    later: &mut Vec<Use>,
    diagnostics: &mut Diagnostics,
) -> Option<Kind> {
    let word = &operation.word;
    if word == "null" {
        arguments::nothing(operation, diagnostics)?;
        return Some(Kind::ToNull);
    }
    let example = format!("to {}", connector.example);
    let takes = match connector.name {
        "kafka" => options::OF_KAFKA_SINK,
        "files" | "object_store" => options::OF_FILES_SINK,
        "postgres" => options::OF_TABLE_SINK,
        _ => &[],
    };
    let Options { first, named } = options::read(operation, takes, &example, diagnostics)?;
    let Some(first) = first else {
        diagnostics
            .error(word.span(), format!("`{word}` does not say where to write"))
            .help(format!("write `{example}`"));
        return None;
    };
    let first = options::expression(&first, operation, diagnostics)?;
    if let Expr::Array(several) = &first {
        let one = several
            .elems
            .first()
            .map(|one| crate::text::of(&one.to_token_stream()));
        diagnostics
            .error(
                arguments::span_of(several),
                format!("`{word}` writes to one topic"),
            )
            .help(format!(
                "write `to {word}({})`, and `tee {{ to {word}(…) }}` in front of it for another",
                one.as_deref().unwrap_or("\"topic\"")
            ));
        return None;
    }
    let (mut key, mut value, mut headers) = (None, None, None);
    let (mut suffix, mut roll) = (None, None);
    for (name, given) in named {
        later.extend(support::used(What::Option, &name.to_string(), name.span()));
        match name.to_string().as_str() {
            "key" => key = Some(options::function(&given, operation, diagnostics)?),
            "value" => value = Some(options::function(&given, operation, diagnostics)?),
            "headers" => headers = Some(options::function(&given, operation, diagnostics)?),
            "suffix" => suffix = Some(options::expression(&given, operation, diagnostics)?),
            "roll" => roll = options::roll(&given),
            // The others are of later steps, and checked by `options::read`.
            _ => {}
        }
    }
    let format = formats::default(word);
    Some(match connector.name {
        "kafka" => Kind::ToKafka {
            topic: first,
            key,
            value,
            headers,
            format,
        },
        "files" => Kind::ToParts {
            place: Place::Directory,
            to: first,
            suffix,
            roll,
            format,
        },
        "object_store" => {
            urls::is_of_object_store(&first, diagnostics)?;
            Kind::ToParts {
                place: Place::ObjectStore,
                to: first,
                suffix,
                roll,
                format,
            }
        }
        "channel" => Kind::ToOwn(OwnSink::Channel, first),
        "custom" => Kind::ToOwn(OwnSink::Custom, first),
        _ => Kind::ToReserved(connector),
    })
}
