//! Decides whose names must be hidden from the stages behind.
//!
//! The body of a closure stands in the loop behind a `let` for its parameter, so what the
//! parameter binds would be seen by every later stage of the loop. Where a later stage mentions
//! such a name (and means something outside the job), the earlier stage is put in a block of its
//! own. The price is that nothing may then be borrowed from a value which that block owns, so it
//! is paid only where it is due.

use std::collections::BTreeSet;

use crate::closure::{Function, names_around};
use crate::model::{Aggregate, Each, Reducer};
use crate::plan::{Operation, Running, Stage};

/// Marks the stages whose names a later stage of their loop mentions.
pub(super) fn hide_leaking_names(stages: &mut [Stage<'_>]) {
    let mentioned: Vec<BTreeSet<String>> = (0..stages.len())
        .map(|number| {
            let mut names = BTreeSet::new();
            later_mentions(stages, number, &mut names);
            names
        })
        .collect();
    for (stage, later) in stages.iter_mut().zip(mentioned) {
        stage.scoped = match &stage.operation {
            Operation::Each(each, Function::Closure(closure))
            | Operation::Batch {
                each,
                function: Function::Closure(closure),
                ..
            } => binds_openly(*each) && !closure.bound.is_disjoint(&later),
            _ => false,
        };
    }
}

/// Whether what the closure's parameter binds can be seen behind the stage. The others only look
/// at the item, or end the loop, and bind in a block of their own.
fn binds_openly(each: Each) -> bool {
    match each {
        Each::Map
        | Each::FilterMap
        | Each::FlatMap
        | Each::TryMap
        | Each::MapValues
        | Each::FlatMapValues => true,
        Each::Filter | Each::Inspect | Each::KeyBy | Each::ForEach => false,
    }
}

fn later_mentions(stages: &[Stage<'_>], number: usize, names: &mut BTreeSet<String>) {
    let Some(stage) = stages.get(number) else {
        return;
    };
    let refused = [stage.failed.to, stage.late.to].into_iter().flatten();
    for consumer in stage.consumers.iter().copied().chain(refused) {
        let Some(later) = stages.get(consumer) else {
            continue;
        };
        names.extend(mentions(&later.operation));
        // What a stage with state does not take goes on in the same loop.
        let refused = [later.failed.to, later.late.to].into_iter().flatten();
        if later.operation.ends_loop() {
            refused.for_each(|refused| later_mentions(stages, refused, names));
        } else {
            later_mentions(stages, consumer, names);
        }
    }
}

/// The names that a stage's own code mentions, without those it binds itself.
fn mentions(operation: &Operation<'_>) -> BTreeSet<String> {
    match operation {
        Operation::Each(_, function)
        | Operation::Batch { function, .. }
        | Operation::EventTime { function, .. } => of_function(function),
        Operation::Ask { asking, .. } => of_function(&asking.function),
        Operation::Split(predicates) => predicates.iter().flat_map(of_function).collect(),
        Operation::Aggregate { aggregate, .. }
        | Operation::Running {
            running: Running { aggregate, .. },
            ..
        } => match aggregate {
            Aggregate::ReduceByKey(Reducer::Function(f))
            | Aggregate::Reduce(Reducer::Function(f)) => names_around(f),
            Aggregate::AggregateByKey { init, add, merge } => [init, add, merge]
                .into_iter()
                .flat_map(names_around)
                .collect(),
            Aggregate::AggByKey { parts } => parts
                .iter()
                .filter_map(|part| part.function.as_ref())
                .flat_map(of_function)
                .collect(),
            _ => BTreeSet::new(),
        },
        Operation::UpdateState { function, .. } => names_around(function),
        Operation::ToKafka {
            key,
            value,
            headers,
            ..
        } => [key, value, headers]
            .into_iter()
            .flatten()
            .flat_map(|function| of_function(function))
            .collect(),
        _ => BTreeSet::new(),
    }
}

fn of_function(function: &Function) -> BTreeSet<String> {
    match function {
        Function::Closure(closure) => closure
            .mentioned
            .difference(&closure.bound)
            .cloned()
            .collect(),
        Function::Path(path) => names_around(path),
        Function::Value(_) => BTreeSet::new(),
    }
}
