//! Shows a compiled job to people: its loops, state and exchanges, and what it promises.
//!
//! Everything comes from the [`Plan`], a constant of the binary: no broker is
//! asked, and nothing runs.

mod mermaid;
mod promise;
mod text;

use crate::plan::{Plan, Role, Stage};

pub use mermaid::mermaid;
pub use text::text;

/// The stages of one fused loop, each with its number.
struct Segment {
    number: usize,
    stages: Vec<(usize, &'static Stage)>,
}

/// The fused loops of a plan, in the order in which records meet them.
fn segments(plan: &Plan) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for (id, stage) in plan.stages.iter().enumerate() {
        match segments
            .iter_mut()
            .find(|segment| segment.number == stage.segment)
        {
            Some(segment) => segment.stages.push((id, stage)),
            None => segments.push(Segment {
                number: stage.segment,
                stages: vec![(id, stage)],
            }),
        }
    }
    segments.sort_by_key(|segment| segment.number);
    segments
}

/// The stages of one role.
fn sources(plan: &Plan) -> impl Iterator<Item = &'static Stage> {
    plan.stages
        .iter()
        .filter(|stage| stage.role == Role::Source)
}

/// The stage as written, without the `from` or `to` in front.
fn name(stage: &Stage) -> &'static str {
    let text = stage.text;
    text.strip_prefix("from ")
        .or_else(|| text.strip_prefix("to "))
        .unwrap_or(text)
}

/// Numbers as people list them: `1, 2 and 5`.
fn listed(words: impl IntoIterator<Item = impl ToString>) -> String {
    let mut words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    match (words.pop(), words.is_empty()) {
        (None, _) => String::new(),
        (Some(last), true) => last,
        (Some(last), false) => format!("{} and {last}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests;
