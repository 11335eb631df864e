//! Syntax → model: names resolved, literals valued, unknown words answered.

mod aggregates;
mod arguments;
mod asking;
mod builder;
mod changes;
mod clauses;
mod connectors;
mod foreign;
mod formats;
mod join;
mod operators;
mod options;
mod passing;
mod process;
mod process_uses;
mod quantile;
mod reads;
mod reserved;
mod secrets;
mod settings;
mod side_by_side;
mod split;
mod urls;

use proc_macro2::{Group, Ident};

use crate::diagnostics::Diagnostics;
use crate::model::{Form, Job, NodeId};
use crate::suggest;
use crate::syntax::{Chain, Head, Header, Program, Stage, Statement};
use builder::Builder;
pub(crate) use formats::is_built_in as is_built_in_format;

/// Resolves a whole job.
pub(crate) fn program(program: &Program, diagnostics: &mut Diagnostics) -> Job {
    let settings::Read {
        settings,
        later,
        secrets,
        interval_told,
    } = settings::of_header(program.header.as_ref(), diagnostics);
    let mut builder = Builder::new(settings, later, secrets);
    builder.interval_told = interval_told;
    builder.names_later = program
        .statements
        .iter()
        .filter_map(|statement| match statement {
            Statement::Binding { name, .. } => Some(name.to_string()),
            _ => None,
        })
        .collect();
    let mut changes = Vec::new();
    for statement in &program.statements {
        match statement {
            Statement::Binding { name, chain } => {
                let node = chain_of(chain, None, &mut builder, diagnostics);
                if let Some(split) = last_split(chain) {
                    diagnostics
                        .error(
                            split.span(),
                            format!("`{name}` names a stream that ends in `split`"),
                        )
                        .help(format!(
                            "take `let {name} =` away: the arms of `split` have names of their own"
                        ));
                }
                builder.bind(name, node, diagnostics);
            }
            Statement::Pipeline(chain) => {
                pipeline(chain, None, &mut builder, diagnostics);
            }
            // A change may stand in front of the stage that it is about.
            Statement::Change(change) => changes.push(change),
        }
    }
    let mut job = builder.finish(form(program.header.as_ref()));
    changes::read(&changes, &mut job, diagnostics);
    job
}

fn form(header: Option<&Header>) -> Form {
    match header {
        Some(header) if header.is_item() => Form::Item {
            visibility: header.visibility.clone(),
            name: header.name.clone(),
            parameters: header
                .parameters
                .as_ref()
                .map(Group::stream)
                .unwrap_or_default(),
        },
        Some(header) => Form::Expression {
            name: Some(header.name.clone()),
        },
        None => Form::Expression { name: None },
    }
}

/// A chain that must end in a sink, or in a `tee` whose branches do.
fn pipeline(
    chain: &Chain,
    branch: Option<NodeId>,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) {
    let last = chain_of(chain, branch, builder, diagnostics);
    let ends_in_names = last_split(chain).is_some();
    if !ends_in_names && !matches!(chain.stages.last(), Some(Stage::Tee { .. })) {
        builder.end(last);
    }
}

/// The word of a `split` that a chain ends in.
fn last_split(chain: &Chain) -> Option<&Ident> {
    match chain.stages.last() {
        Some(Stage::Operator(operation)) if operation.word == "split" => Some(&operation.word),
        _ => None,
    }
}

/// Adds the stages of a chain, and gives the last one.
fn chain_of(
    chain: &Chain,
    branch: Option<NodeId>,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> NodeId {
    let mut last = head(&chain.head, branch, builder, diagnostics);
    let mut stages = chain.stages.iter();
    while let Some(stage) = stages.next() {
        if operators::groups_only(stage, stages.as_slice().first(), diagnostics) {
            stages.next();
            last = builder.hole(Some(last));
            continue;
        }
        let word = match stage {
            Stage::Operator(operation) => Some(&operation.word),
            Stage::To { word, .. } | Stage::Tee { word, .. } => Some(word),
            Stage::Broken => None,
        };
        if let (Some(word), Some(sink)) = (word, builder.sink_word(last)) {
            after_sink(
                &sink,
                &builder.sink_text(last),
                word,
                &written(stage),
                diagnostics,
            );
            return last;
        }
        if let (Some(word), true) = (word, builder.is_split(last)) {
            diagnostics
                .error(
                    word.span(),
                    "nothing can follow `split`: its arms are streams of their own",
                )
                .help(format!(
                    "use them by their names, behind a `;`: `rest | {}`",
                    written(stage)
                ));
            return builder.hole(Some(last));
        }
        last = match stage {
            Stage::Operator(operation) => operators::stage(operation, last, builder, diagnostics),
            Stage::To { operation, .. } => connectors::sink(operation, last, builder, diagnostics),
            Stage::Tee { word, branches } => {
                tee(word, branches, last, builder, diagnostics);
                last
            }
            Stage::Broken => builder.hole(Some(last)),
        };
    }
    last
}

fn tee(
    word: &Ident,
    branches: &[Chain],
    input: NodeId,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) {
    if branches.is_empty() {
        diagnostics
            .error(word.span(), "`tee` has no branches")
            .help("write `tee { to files(\"dir\") }`");
        builder.hole(Some(input));
    }
    for branch in branches {
        pipeline(branch, Some(input), builder, diagnostics);
    }
}

/// A stage as it was written, as far as a message needs it.
fn written(stage: &Stage) -> String {
    match stage {
        Stage::Operator(operation) => operation.text.clone(),
        Stage::To { operation, .. } => format!("to {}", operation.text),
        Stage::Tee { word, .. } => format!("{word} {{ … }}"),
        Stage::Broken => String::new(),
    }
}

fn after_sink(sink: &Ident, text: &str, word: &Ident, behind: &str, diagnostics: &mut Diagnostics) {
    let help = if sink == word {
        format!("remove the second `{word}`")
    } else {
        format!("to have both, write `tee {{ {text} }} | {behind}`")
    };
    diagnostics
        .error(
            word.span(),
            format!("nothing can follow `{sink}`: it is a sink"),
        )
        .help(help);
}

fn head(
    head: &Head,
    branch: Option<NodeId>,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> NodeId {
    match (head, branch) {
        (Head::From(operation), _) => connectors::source(operation, builder, diagnostics),
        (Head::Name(name), _) => named(name, builder, diagnostics),
        (Head::Union { word, chains }, _) => {
            let inputs = chains
                .iter()
                .map(|chain| {
                    let last = chain_of(chain, None, builder, diagnostics);
                    inside(word, last, builder, diagnostics)
                })
                .collect();
            builder.union(word, inputs)
        }
        (Head::Branch, Some(input)) => input,
        (Head::Branch, None) | (Head::Broken, _) => builder.hole(None),
    }
}

/// The last stage of a stream that stands in the parentheses of `word`: its items go on.
fn inside(
    word: &Ident,
    last: NodeId,
    builder: &mut Builder,
    diagnostics: &mut Diagnostics,
) -> NodeId {
    let Some(sink) = builder.sink_word(last) else {
        return last;
    };
    diagnostics
        .error(
            sink.span(),
            format!("`{sink}` ends this stream inside `{word}`"),
        )
        .help(format!("put it behind: `{word}(…) | {sink}`"));
    builder.hole(None)
}

fn named(name: &Ident, builder: &mut Builder, diagnostics: &mut Diagnostics) -> NodeId {
    if let Some(node) = builder.named(name) {
        return node;
    }
    let written = name.to_string();
    let names = builder.names();
    builder.used_too_early(name);
    if builder.names_told {
        return builder.hole(None);
    }
    let help = match suggest::nearest(&written, names.iter().map(String::as_str)) {
        _ if builder.names_later.contains(&written) => {
            format!("move `let {name} = …;` in front of this")
        }
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("name it in front of this: `let {name} = from kafka(\"topic\");`"),
    };
    diagnostics
        .error(name.span(), format!("no stream is named `{name}` here"))
        .help(help);
    builder.hole(None)
}
