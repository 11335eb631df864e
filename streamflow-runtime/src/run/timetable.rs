//! When the rounds of a job take place, and which of them can be saved: from its plan.

use super::rounds::Saves;
use crate::plan::{self, Plan, Role};
use crate::time::calendar::{Calendar, Ends};

/// When progress can be saved.
pub(super) fn saves(plan: &Plan, intervals: &[Calendar], has_checkpoints: bool) -> Saves {
    if has_checkpoints {
        Saves::AtAnyTime
    } else if has_event_windows(plan) || plan.outlives_intervals() {
        Saves::Never
    } else if intervals.is_empty() {
        Saves::AtAnyTime
    } else {
        Saves::WhenEmpty
    }
}

/// Whether windows of the job close by the records' own time, or after a gap, or items wait for others
/// that are near them: something is open then at any moment.
fn has_event_windows(plan: &Plan) -> bool {
    let mut roles = plan.stages.iter().map(|stage| stage.role);
    roles.any(|role| {
        role.closes_by_itself()
            || matches!(
                role,
                Role::Ordered {
                    within: Some(_),
                    ..
                }
            )
    })
}

/// When the job's intervals end, and windows by the clock move on.
pub(super) fn intervals(plan: &Plan) -> Vec<Calendar> {
    // Often enough that a key is kept by an eighth of the time longer at most.
    let looks_for_old = |ttl_ms: u64| Ends::of_multiples((ttl_ms / 8).max(1));
    let mut intervals: Vec<Ends> = plan
        .stages
        .iter()
        .flat_map(|stage| match stage.role {
            // Windows of event time close by the watermark, and sessions call for their rounds.
            role if role.closes_by_itself() => [None, None],
            Role::Aggregate {
                every_ms, steps, ..
            } => [Some(plan::step_ends(every_ms, steps)), None],
            Role::Ordered {
                ttl_ms,
                updates_ms,
                event,
                ..
            } => {
                let of_clock_ms = ttl_ms.filter(|_| event.is_none());
                [
                    updates_ms.map(Ends::of_multiples),
                    of_clock_ms.map(looks_for_old),
                ]
            }
            Role::Table { ttl_ms, .. } => [ttl_ms.map(looks_for_old), None],
            Role::Source
            | Role::Stateless
            | Role::LookUp { .. }
            | Role::EventTime { .. }
            | Role::Sink => [None, None],
        })
        .flatten()
        .collect();
    intervals.sort_unstable();
    intervals.dedup();
    intervals.into_iter().map(Calendar::of).collect()
}
