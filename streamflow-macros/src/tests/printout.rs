//! Prints syntax and plans, for people to read.

use std::fmt::Write as _;

use proc_macro2::TokenStream;

use crate::model::{Aggregate, Passing, Reducer, Settings, Source};
use crate::plan::{self, Order, Plan, Rows};
use crate::syntax::{Chain, Change, Head, Operation, Program, Stage, Statement};
use crate::text;

/// A job as written: chains, stages, clauses.
pub(super) fn syntax(program: &Program) -> String {
    let mut out = String::new();
    if let Some(header) = &program.header {
        let parameters = header
            .parameters
            .as_ref()
            .map(|group| text::of(&group.stream()));
        line(&mut out, 0, &format!("job {}", header.name));
        line(
            &mut out,
            1,
            &format!("visibility: {}", text::of(&header.visibility)),
        );
        line(
            &mut out,
            1,
            &format!("parameters: {}", parameters.unwrap_or_default()),
        );
        for setting in &header.settings {
            line(
                &mut out,
                1,
                &format!("{} = {}", setting.name, text::of(&setting.value)),
            );
        }
    }
    for statement in &program.statements {
        match statement {
            Statement::Binding { name, chain } => {
                line(&mut out, 0, &format!("let {name}"));
                chain_in(&mut out, 1, chain);
            }
            Statement::Pipeline(chain) => {
                line(&mut out, 0, "pipeline");
                chain_in(&mut out, 1, chain);
            }
            Statement::Change(Change::Migrate {
                name,
                from,
                to,
                function,
            }) => {
                let function = text::of(&function.stream());
                let (from, to) = (from.number, to.number);
                line(
                    &mut out,
                    0,
                    &format!("migrate {name} from {from} to {to} by {function}"),
                );
            }
            Statement::Change(Change::Drop { name }) => line(&mut out, 0, &format!("drop {name}")),
        }
    }
    out
}

fn line(out: &mut String, depth: usize, text: &str) {
    let text = format!("{}{text}", "  ".repeat(depth));
    writeln!(out, "{}", text.trim_end()).expect("a string can be written to");
}

fn chain_in(out: &mut String, depth: usize, chain: &Chain) {
    match &chain.head {
        Head::From(operation) => operation_in(out, depth, "from ", operation),
        Head::Name(name) => line(out, depth, &format!("stream {name}")),
        Head::Union { word, chains } => {
            line(out, depth, &word.to_string());
            for chain in chains {
                line(out, depth + 1, "of");
                chain_in(out, depth + 2, chain);
            }
        }
        Head::Branch => {}
        Head::Broken => line(out, depth, "broken"),
    }
    for stage in &chain.stages {
        match stage {
            Stage::Operator(operation) => operation_in(out, depth, "| ", operation),
            Stage::To { word, operation } => {
                operation_in(out, depth, &format!("| {word} "), operation);
            }
            Stage::Tee { word, branches } => {
                line(out, depth, &format!("| {word}"));
                for branch in branches {
                    line(out, depth + 1, "branch");
                    chain_in(out, depth + 2, branch);
                }
            }
            Stage::Broken => line(out, depth, "| broken"),
        }
    }
}

fn operation_in(out: &mut String, depth: usize, before: &str, operation: &Operation) {
    let args = operation
        .args
        .as_ref()
        .map(|group| format!(" ({})", text::of(&group.stream())));
    line(
        out,
        depth,
        &format!("{before}{}{}", operation.word, args.unwrap_or_default()),
    );
    for clause in &operation.clauses {
        line(
            out,
            depth + 2,
            &format!("{} {}", clause.word, text::of(&clause.value)),
        );
    }
}

/// A job as it will be run: one line per stage.
pub(super) fn plan(plan: &Plan<'_>) -> String {
    let Settings {
        checkpoint,
        checkpoint_every_ms,
        parallelism,
        memory_bytes,
        shutdown_ms,
        on_error,
        // A place in the source, and what is said about it is told elsewhere.
        exactly_once: _,
        // Named by the stages that write to it.
        dead_letter: _,
    } = plan.settings;
    let mut out = format!(
        "Settings {{ checkpoint: {checkpoint:?}, checkpoint_every_ms: {checkpoint_every_ms:?}, \
         parallelism: {parallelism:?}, memory_bytes: {memory_bytes:?}, shutdown_ms: {shutdown_ms:?}, on_error: {on_error:?} }}\n\n"
    );
    for (number, stage) in plan.stages.iter().enumerate() {
        let scoped = if stage.scoped { ", names hidden" } else { "" };
        line(
            &mut out,
            0,
            &format!("{number} {}", described(&stage.operation)),
        );
        line(&mut out, 2, &format!("`{}`", stage.text));
        line(
            &mut out,
            2,
            &format!(
                "{:?} -> {:?}, loop {}, on error {:?}{scoped}",
                stage.inputs, stage.consumers, stage.segment, stage.on_error
            ),
        );
        if let Some(state) = stage.operation.state() {
            line(
                &mut out,
                2,
                &format!(
                    "state `{}`{} every {} ms",
                    state.name,
                    match state.version {
                        1 => String::new(),
                        version => format!(" v{version}"),
                    },
                    state.every_ms
                ),
            );
        }
    }
    out
}

fn described(operation: &plan::Operation<'_>) -> String {
    match operation {
        plan::Operation::Source(source) => format!("source {}", source_name(source)),
        plan::Operation::Decode(format) => format!("decode {}", shown(format)),
        plan::Operation::Union => "union".to_owned(),
        plan::Operation::Split(predicates) => format!("split by {}", predicates.len()),
        plan::Operation::Arm => "arm".to_owned(),
        plan::Operation::Refused(refused) => format!("refused, {refused:?}"),
        plan::Operation::Each(each, _) => format!("{each:?}"),
        plan::Operation::Plain(plain) => format!("{plain:?}"),
        plan::Operation::Passing { passing, nth } => match passing {
            Passing::Sample { share } => format!("sample {}, number {nth}", shown(share)),
            Passing::Throttle { per_second } => format!("throttle to {}", shown(per_second)),
            Passing::Repartition { workers } => format!("repartition among {}", shown(workers)),
        },
        plan::Operation::Ask {
            asking,
            answers,
            ttl_ms,
        } => format!(
            "ask about each {:?}, {:?} at a time, for {:?} ms; remember {:?} for {ttl_ms:?} ms",
            asking.about, answers.concurrency, answers.timeout_ms, answers.cache
        ),
        plan::Operation::Aggregate { aggregate, .. } => aggregate_name(aggregate),
        plan::Operation::EventTime { times, .. } => format!("event time, {times:?}"),
        plan::Operation::Ordered { bound, .. } => {
            format!("ordered, forgets after {:?} ms", bound.ttl_ms)
        }
        plan::Operation::Running { running, .. } => {
            format!("running, {}", aggregate_name(running.aggregate))
        }
        plan::Operation::Gather { ends: None, .. } => "gather each round".to_owned(),
        plan::Operation::Gather {
            ends: Some(ends),
            state,
        } => format!(
            "gather every {} ms, {}",
            ends.every_ms,
            if state.is_some() {
                "kept"
            } else {
                "never kept"
            }
        ),
        plan::Operation::Batch { each, of, .. } => format!("{each:?} of a whole {of:?}"),
        plan::Operation::Join { join, .. } => format!("join, {join:?}"),
        plan::Operation::Table { ttl_ms, .. } => format!("table, forgets after {ttl_ms:?} ms"),
        plan::Operation::LookUp {
            join, table, as_of, ..
        } => {
            let when = if as_of.is_some() { "as of" } else { "latest" };
            format!("look-up, {join:?}, {when} of {table}")
        }
        plan::Operation::IntervalJoin { join, within, .. } => {
            format!("interval join, {join:?}, {within:?}")
        }
        plan::Operation::UpdateState { .. } => "update state".to_owned(),
        plan::Operation::Rows { .. } => "keep rows".to_owned(),
        plan::Operation::Print { limit, rows } => {
            let rows = match rows {
                Rows::AsTheyCome => "as they come".to_owned(),
                Rows::InIntervals { ends, order } => {
                    let every_ms: Vec<u64> = ends.iter().map(|ends| ends.every_ms).collect();
                    let order = match order {
                        Order::Sorted => "sorted",
                        Order::Arrival => "as they came",
                        Order::Ranked => "ranked",
                    };
                    format!("every {every_ms:?} ms, {order}")
                }
            };
            let limit = limit.map(|limit| format!("at most {}, ", shown(limit)));
            format!("print, {}{rows}", limit.unwrap_or_default())
        }
        plan::Operation::ToParts {
            place,
            format,
            every_ms,
            ..
        } => {
            let place = place.word();
            format!("{place} as {}, every {every_ms:?} ms", shown(format))
        }
        plan::Operation::ToKafka {
            key, value, format, ..
        } => format!(
            "kafka as {}, key {}, value {}",
            shown(format),
            if key.is_some() { "given" } else { "none" },
            if value.is_some() { "given" } else { "whole" },
        ),
        plan::Operation::ToOwn(kind, _) => kind.word().to_owned(),
        plan::Operation::ToNull => "null".to_owned(),
    }
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

fn aggregate_name(aggregate: &Aggregate) -> String {
    let reducer = |reducer: &Reducer| match reducer {
        Reducer::Sign { name, .. } => (*name).to_owned(),
        Reducer::Function(_) => "by a function".to_owned(),
    };
    match aggregate {
        Aggregate::ReduceByKey(by) => format!("reduce by key, {}", reducer(by)),
        Aggregate::CountByKey => "count by key".to_owned(),
        Aggregate::AggregateByKey { .. } => "aggregate by key".to_owned(),
        Aggregate::GroupByKey => "group by key".to_owned(),
        Aggregate::AggByKey { parts } => {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| format!("{}: {}", part.name, part.word))
                .collect();
            format!("agg by key, {}", parts.join(", "))
        }
        Aggregate::CountByValue => "count by value".to_owned(),
        Aggregate::Distinct => "distinct".to_owned(),
        Aggregate::Count => "count".to_owned(),
        Aggregate::Reduce(by) => format!("reduce, {}", reducer(by)),
        Aggregate::Sum => "sum".to_owned(),
        Aggregate::Average => "average".to_owned(),
        Aggregate::Min => "min".to_owned(),
        Aggregate::Max => "max".to_owned(),
        Aggregate::Top { .. } => "top".to_owned(),
        Aggregate::HeavyHitters { n } => format!("heavy hitters, {}", shown(n)),
        Aggregate::ApproxDistinct => "approx distinct".to_owned(),
        Aggregate::Quantile { share } => format!("quantile {}", shown(share)),
    }
}

fn shown(tokens: &impl quote::ToTokens) -> String {
    let tokens: TokenStream = tokens.to_token_stream();
    tokens
        .to_string()
        .replace(' ', "")
        .replace("::streamflow::__private::formats::", "")
}
