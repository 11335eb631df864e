//! Rules about `guarantee: exactly_once`: what stands in its way.

use proc_macro2::Span;
use syn::Expr;
use syn::visit::{self, Visit};

use super::Checked;
use crate::closure::Function;
use crate::diagnostics::Diagnostics;
use crate::model::{Aggregate, Each, Kind, Node, NodeId, Reducer, Source};
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
        if is(node, "sample") {
            diagnostics
                .error(
                    node.word.span(),
                    "`sample` chooses anew when a record is read again, so the job cannot be exactly-once",
                )
                .help("if that is right, say why: `sample(1%) nondet(\"reason\")`");
        }
        let mut calls = Calls(Vec::new());
        for code in code_of(node) {
            calls.visit_expr(code);
        }
        if let Some((span, call)) = calls.0.into_iter().next() {
            let takes_nondet = node
                .operator()
                .is_some_and(|operator| operator.clauses.contains(&"nondet"));
            let help = if takes_nondet {
                format!(
                    "take the time from the record; or, if another result is right, say why behind \
                     the stage: `{}(…) nondet(\"reason\")`",
                    node.word
                )
            } else {
                "take it from the record".to_owned()
            };
            diagnostics
                .error(
                    span,
                    format!(
                        "`{call}` gives something else when a record is read again, so the job cannot \
                         be exactly-once"
                    ),
                )
                .help(help);
        }
    }
    Vec::new()
}

fn source_name(source: &Source) -> &'static str {
    match source {
        Source::Kafka { .. } => "kafka",
        Source::Iter { .. } => "iter",
        Source::Generate { .. } => "generate",
        Source::Stdin => "stdin",
        Source::Socket { .. } => "socket",
        Source::Files { .. } => "files",
        Source::Reserved(connector) => connector.name,
    }
}

fn promise(node: &Node) -> Promise {
    let connector = match &node.kind {
        Kind::ToKafka { .. } => operators::sink("kafka"),
        Kind::ToFiles { .. } => operators::sink("files"),
        Kind::ToNull => operators::sink("null"),
        Kind::ToReserved(connector) => return connector.promise,
        _ => None,
    };
    connector.map_or(Promise::Once, |connector| connector.promise)
}

fn is(node: &Node, name: &str) -> bool {
    matches!(&node.kind, Kind::Reserved { operator, .. } if operator.name == name)
}

/// The user's code in a stage.
fn code_of(node: &Node) -> Vec<&Expr> {
    match &node.kind {
        Kind::Each(Each::ForEach, _) => Vec::new(),
        Kind::Each(_, function) => vec![body(function)],
        Kind::Split {
            predicates: functions,
        }
        | Kind::Reserved { functions, .. } => functions.iter().map(body).collect(),
        Kind::Aggregate(
            Aggregate::ReduceByKey(Reducer::Function(f)) | Aggregate::Reduce(Reducer::Function(f)),
        ) => {
            vec![f]
        }
        Kind::Aggregate(Aggregate::AggregateByKey { init, add, merge }) => vec![init, add, merge],
        Kind::ToKafka { key, value, .. } => [key, value].into_iter().flatten().map(body).collect(),
        _ => Vec::new(),
    }
}

fn body(function: &Function) -> &Expr {
    match function {
        Function::Closure(closure) => &closure.body,
        Function::Path(code) | Function::Value(code) => code,
    }
}

/// Calls that give something else each time.
struct Calls(Vec<(Span, String)>);

impl<'ast> Visit<'ast> for Calls {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let found = match names.as_slice() {
            [.., of, "now" | "now_utc" | "now_local"] => matches!(
                *of,
                "Instant"
                    | "SystemTime"
                    | "Utc"
                    | "Local"
                    | "OffsetDateTime"
                    | "Timestamp"
                    | "Zoned"
            ),
            [.., "Uuid", "new_v4" | "now_v7" | "now_v1"]
            | [.., "thread_rng"]
            | ["rng"]
            | ["rand" | "fastrand", ..] => true,
            _ => false,
        };
        if found && let Some(last) = path.segments.last() {
            self.0.push((last.ident.span(), names.join("::")));
        }
        visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_and_random_numbers_are_found() {
        let calls = |text: &str| {
            let code: Expr = syn::parse_str(text).expect("an expression");
            let mut calls = Calls(Vec::new());
            calls.visit_expr(&code);
            calls
                .0
                .into_iter()
                .map(|(_, call)| call)
                .collect::<Vec<_>>()
        };
        assert_eq!(calls("(item, Instant::now())"), ["Instant::now"]);
        assert_eq!(
            calls("chrono::Utc::now().timestamp()"),
            ["chrono::Utc::now"]
        );
        assert_eq!(calls("rand::random::<u8>()"), ["rand::random"]);
        assert_eq!(calls("click.at.now()"), [""; 0]);
    }
}
