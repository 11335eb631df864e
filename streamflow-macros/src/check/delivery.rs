//! Rules about what happens to records that cannot be processed.

use crate::closure::{Function, Leaves};
use crate::diagnostics::Diagnostics;
use crate::model::{Aggregate, Each, Health, Job, Kind, Reducer};

/// An `else` where nothing can fail says that its author expected something else.
pub(super) fn policies_need_something_that_can_fail(job: &Job, diagnostics: &mut Diagnostics) {
    for node in &job.nodes {
        let Some(policy) = &node.policy else { continue };
        if node.health == Health::Sound && !can_fail(&node.kind) {
            let word = &node.word;
            diagnostics
                .error(
                    policy.word,
                    format!("this `{word}` cannot fail, so its `else` is never used"),
                )
                .help(advice(&node.kind));
        }
    }
}

fn advice(kind: &Kind) -> String {
    match kind {
        Kind::Each(Each::Map, Function::Path(_)) => {
            "if the function gives an `Option` or a `Result`, write `try_map`".to_owned()
        }
        Kind::Each(Each::FilterMap, _) => {
            "take the `else` away: items that give `None` are left out".to_owned()
        }
        _ => "take the `else` away, or use `?` in the closure".to_owned(),
    }
}

/// Whether a stage can refuse a record.
pub(crate) fn can_fail(kind: &Kind) -> bool {
    match kind {
        // `?` gives `None` there, which leaves the item out.
        Kind::Each(Each::FilterMap, _) => false,
        Kind::Each(each, Function::Closure(closure)) if *each != Each::TryMap => {
            closure.leaves == Leaves::ByTry
        }
        Kind::Aggregate(aggregate) => match aggregate {
            Aggregate::ReduceByKey(Reducer::Sign { .. })
            | Aggregate::Reduce(Reducer::Sign { .. })
            | Aggregate::Sum => true,
            Aggregate::ReduceByKey(Reducer::Function(_))
            | Aggregate::Reduce(Reducer::Function(_))
            | Aggregate::CountByKey
            | Aggregate::AggregateByKey { .. }
            | Aggregate::Count
            | Aggregate::Average
            | Aggregate::Min
            | Aggregate::Max => false,
        },
        Kind::Each(Each::TryMap, _)
        | Kind::Decode { .. }
        | Kind::ToFiles { .. }
        | Kind::ToKafka { .. }
        | Kind::Hole => true,
        Kind::Each(..)
        | Kind::Source(_)
        | Kind::Union
        | Kind::Plain(_)
        | Kind::Print { .. }
        | Kind::ToNull => false,
    }
}
