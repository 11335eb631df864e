//! Rules about `guarantee: exactly_once`: what stands in its way.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Expr;

use super::Checked;
use crate::closure::Function;
use crate::diagnostics::Diagnostics;
use crate::model::{Aggregate, Asking, Each, Kind, Node, NodeId, Ordered, Reducer, Source};
use crate::operators::{self, Promise};

/// What was read must be there to be read again.
pub(super) fn sources_can_be_read_again(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    if job.settings.exactly_once.is_none() {
        return Vec::new();
    }
    for node in &job.nodes {
        let Kind::Source(source) = &node.kind else {
            continue;
        };
        let name = source_name(source);
        let replays = operators::source(name).is_some_and(|one| one.promise == Promise::Replays);
        if !replays {
            diagnostics
                .error(
                    node.word.span(),
                    format!(
                        "`{name}` cannot be read again after a crash, so the job cannot be exactly-once"
                    ),
                )
                .help("read from a topic, `from kafka(\"topic\")`, or set `guarantee: at_least_once`");
        }
    }
    Vec::new()
}

/// What was written must become visible together with the job's progress.
pub(super) fn sinks_can_take_back(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    if job.settings.exactly_once.is_none() {
        return Vec::new();
    }
    for node in job.nodes.iter().filter(|node| node.is_sink()) {
        if promise(node) == Promise::Once {
            diagnostics
                .error(
                    node.word.span(),
                    format!(
                        "what `{}` has done cannot be taken back, so the job cannot be exactly-once",
                        node.word
                    ),
                )
                .help("write to a topic, `to kafka(\"topic\")`, or set `guarantee: at_least_once`");
        }
    }
    Vec::new()
}

/// Progress is kept in one place, together with what was written there.
pub(super) fn one_sink_is_the_commit_point(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    if job.settings.exactly_once.is_none() {
        return Vec::new();
    }
    let mut committing = job
        .nodes
        .iter()
        .filter(|node| node.is_sink() && promise(node) == Promise::Commits);
    let Some(first) = committing.next() else {
        return Vec::new();
    };
    // Several topics are written in one transaction; other systems have one each.
    let other = committing.find(|node| node.word != first.word || first.word != "kafka");
    if let Some(other) = other {
        diagnostics
            .error(
                other.word.span(),
                format!(
                    "`{}` and `{}` cannot both be where exactly-once progress is kept",
                    first.word, other.word
                ),
            )
            .help(format!(
                "write to `{}` alone, and read that in a second job",
                first.word
            ));
    }
    Vec::new()
}

/// A record that is read again must give what it gave before.
pub(super) fn closures_give_the_same_again(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    if job.settings.exactly_once.is_none() {
        return Vec::new();
    }
    for node in job.nodes.iter().filter(|node| !node.nondet) {
        if let Kind::Asking(_) = node.kind {
            let word = &node.word;
            diagnostics
                .error(
                    word.span(),
                    format!(
                        "`{word}` may get another answer when a record is read again, so the job \
                         cannot be exactly-once"
                    ),
                )
                .help(format!(
                    "if another answer is right, say why behind the stage: `{word}(…) \
                     nondet(\"reason\")`"
                ));
            continue;
        }
        let call = code_of(node)
            .into_iter()
            .find_map(|code| changing_call(&code.to_token_stream()));
        let Some(call) = call else { continue };
        let takes_nondet = node
            .operator()
            .is_some_and(|operator| operator.clauses.contains(&"nondet"));
        let advice = call.source.advice();
        let help = if takes_nondet {
            format!(
                "{advice}; or, if another result is right, say why behind the stage: `{}(…) \
                 nondet(\"reason\")`",
                node.word
            )
        } else {
            advice.to_owned()
        };
        diagnostics
            .error(
                call.span,
                format!(
                    "`{}` gives something else when a record is read again, so the job cannot be \
                     exactly-once",
                    call.path
                ),
            )
            .help(help);
    }
    Vec::new()
}

fn source_name(source: &Source) -> &'static str {
    match source {
        Source::Kafka { .. } => "kafka",
        Source::Iter { .. } => "iter",
        Source::Channel { .. } => "channel",
        Source::Custom { .. } => "custom",
        Source::Generate { .. } => "generate",
        Source::Stdin => "stdin",
        Source::Socket { .. } => "socket",
        Source::Files { .. } => "files",
    }
}

fn promise(node: &Node) -> Promise {
    let connector = match &node.kind {
        Kind::ToKafka { .. } => operators::sink("kafka"),
        Kind::ToParts { place, .. } => operators::sink(place.word()),
        Kind::ToOwn(kind, _) => operators::sink(kind.word()),
        Kind::ToNull => operators::sink("null"),
        Kind::ToReserved(connector) => return connector.promise,
        _ => None,
    };
    connector.map_or(Promise::Once, |connector| connector.promise)
}

/// The user's code in a stage.
fn code_of(node: &Node) -> Vec<&Expr> {
    match &node.kind {
        Kind::Each(Each::ForEach, _) | Kind::Batch(Each::ForEach, _) => Vec::new(),
        Kind::Each(_, function)
        | Kind::Batch(_, function)
        | Kind::Asking(Asking { function, .. }) => vec![body(function)],
        Kind::Reserved {
            ordered: Some(ordered),
            ..
        } => match ordered {
            Ordered::Scan { init, step } => vec![init, step],
            Ordered::Dedup(function) => vec![body(function)],
            Ordered::Lag(_) => Vec::new(),
            Ordered::MapWithState { init, function } => vec![init, function],
            Ordered::Process(process) => process.closures().collect(),
        },
        Kind::Split {
            predicates: functions,
        }
        | Kind::Reserved { functions, .. } => functions.iter().map(body).collect(),
        Kind::Aggregate(
            Aggregate::ReduceByKey(Reducer::Function(f)) | Aggregate::Reduce(Reducer::Function(f)),
        ) => {
            vec![f]
        }
        Kind::UpdateState(function) => vec![function],
        Kind::Aggregate(Aggregate::AggregateByKey { init, add, merge }) => vec![init, add, merge],
        Kind::Aggregate(Aggregate::AggByKey { parts }) => parts
            .iter()
            .filter_map(|part| part.function.as_ref())
            .map(body)
            .collect(),
        Kind::ToKafka {
            key,
            value,
            headers,
            ..
        } => [key, value, headers]
            .into_iter()
            .flatten()
            .map(body)
            .collect(),
        _ => Vec::new(),
    }
}

fn body(function: &Function) -> &Expr {
    match function {
        Function::Closure(closure) => &closure.body,
        Function::Path(code) | Function::Value(code) => code,
    }
}

/// The first call that gives something else each time, in the arguments of macros too.
fn changing_call(code: &TokenStream) -> Option<Call> {
    let mut names: Vec<Ident> = Vec::new();
    let mut marks = String::new();
    for token in code.clone() {
        match token {
            TokenTree::Ident(word) => {
                if marks != "::" {
                    names.clear();
                }
                names.push(word);
                if let Some(call) = changing_path(&names) {
                    return Some(call);
                }
            }
            TokenTree::Group(group) => {
                if let Some(call) = changing_call(&group.stream()) {
                    return Some(call);
                }
                names.clear();
            }
            TokenTree::Punct(mark) => {
                marks.push(mark.as_char());
                continue;
            }
            TokenTree::Literal(_) => names.clear(),
        }
        marks.clear();
    }
    None
}

/// Whether a path is that of a clock or of chance.
fn changing_path(names: &[Ident]) -> Option<Call> {
    let words: Vec<String> = names.iter().map(ToString::to_string).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let source = match words.as_slice() {
        [.., of, "now" | "now_utc" | "now_local"] => [
            "Instant",
            "SystemTime",
            "Utc",
            "Local",
            "OffsetDateTime",
            "Timestamp",
            "Zoned",
        ]
        .contains(of)
        .then_some(Changes::Clock),
        [.., "Uuid", "new_v4" | "now_v7" | "now_v1"]
        | [.., "thread_rng"]
        | ["rand" | "fastrand", _, ..] => Some(Changes::Chance),
        _ => None,
    }?;
    let last = names.last()?;
    Some(Call {
        span: last.span(),
        path: words.join("::"),
        source,
    })
}

/// A call that gives something else each time.
struct Call {
    span: Span,
    path: String,
    source: Changes,
}

/// Why a call gives something else each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Changes {
    Clock,
    Chance,
}

impl Changes {
    fn advice(self) -> &'static str {
        match self {
            Changes::Clock => "take the time from the record",
            Changes::Chance => "choose by a part of the record",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::changing_call;

    #[test]
    fn clocks_and_chance_are_found() {
        let call = |text: &str| {
            changing_call(&text.parse().expect("tokens")).map_or_else(String::new, |call| call.path)
        };
        assert_eq!(call("(item, Instant::now())"), "Instant::now");
        assert_eq!(
            call("format!(\"{:?}\", std::time::SystemTime::now())"),
            "std::time::SystemTime::now"
        );
        assert_eq!(call("rand::random::<u8>()"), "rand::random");
        assert_eq!(call("click.at.now()"), "");
        assert_eq!(call("clicks::now()"), "");
    }
}
