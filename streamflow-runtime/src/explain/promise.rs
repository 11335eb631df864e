//! Derives what a job promises, and says why: delivery, and what outlives a restart.

use super::{listed, name, sources};
use crate::plan::{OnError, Plan, Role, Steps};
use crate::time::duration;

/// Whether the records of a source can be read again after a crash.
enum Replay {
    /// From an offset that a consumer group keeps.
    FromGroup,
    /// From an offset that only a checkpoint keeps.
    FromCheckpoint,
    /// Not at all: what has been read is gone from there.
    Never,
    /// Its author knows.
    Unknown,
}

fn replay(operator: &str) -> Replay {
    match operator {
        "kafka" => Replay::FromGroup,
        "files" | "iter" | "generate" => Replay::FromCheckpoint,
        "stdin" | "socket" | "channel" => Replay::Never,
        _ => Replay::Unknown,
    }
}

/// The names of the sources that can be read again in a certain way.
fn names(plan: &Plan, wanted: fn(&Replay) -> bool) -> Vec<String> {
    sources(plan)
        .filter(|stage| wanted(&replay(stage.operator)))
        .map(|stage| format!("`{}`", name(stage)))
        .collect()
}

/// What happens to records that a stage cannot process.
pub(super) fn bad_records(plan: &Plan) -> String {
    let has = |on_error| plan.stages.iter().any(|stage| stage.on_error == on_error);
    let has_other = |is_it: fn(OnError) -> bool| plan.stages.iter().any(|it| is_it(it.on_error));
    let mut text = Vec::new();
    if has(OnError::Fail) {
        text.push("fail: the job stops and says which record it was; its offset is not committed.");
    }
    if has(OnError::Skip) {
        text.push("skip: the record is counted and left out.");
    }
    if has(OnError::Replace) {
        text.push("default: the record is counted, and a value that the job names goes on.");
    }
    if has_other(|on_error| matches!(on_error, OnError::DeadLetter(_))) {
        text.push(
            "dead_letter: the record is counted, and written to a topic with the place it came \
             from and the error; it is there before the record's offset is committed.",
        );
    }
    if has_other(|on_error| matches!(on_error, OnError::To(_))) {
        text.push("to: the item is counted, and goes on in the stream that is named.");
    }
    text.join(" ")
}

/// How often a record can count, and why.
pub(super) fn delivery(plan: &Plan) -> String {
    let lost = names(plan, |replay| matches!(replay, Replay::Never));
    let unknown = names(plan, |replay| matches!(replay, Replay::Unknown));
    if lost.len() == sources(plan).count() {
        return format!(
            "at-most-once: {} cannot be read again, so a crash loses the records whose results \
             are not out yet.",
            listed(lost)
        );
    }
    let mut sentences = vec![
        "at-least-once: offsets are committed once the results made from them are out. After a \
         crash the records since then are read again, and their results can appear twice."
            .to_owned(),
    ];
    if !lost.is_empty() {
        sentences.push(format!(
            "At-most-once for {}, which cannot be read again: a crash loses the records whose \
             results are not out yet.",
            listed(lost)
        ));
    }
    if !unknown.is_empty() {
        sentences.push(format!(
            "This holds for {} if it can be read again.",
            listed(unknown)
        ));
    }
    sentences.join(" ")
}

/// Where the job continues after a restart, and what decides it.
pub(super) fn progress(plan: &Plan) -> String {
    let mut text = kept_progress(plan);
    if plan
        .stages
        .iter()
        .any(|stage| stage.role == Role::Sink && stage.operator == "object_store")
    {
        text.push_str(
            " A save waits for the end of an object that `every`, or `roll:` with a duration, keeps \
             open: a store shows whole objects only.",
        );
    }
    text
}

fn kept_progress(plan: &Plan) -> String {
    let has_state = plan.stages.iter().any(|stage| stage.role.state().is_some());
    let from_group = !names(plan, |replay| matches!(replay, Replay::FromGroup)).is_empty();
    if let Some(directory) = plan.settings.checkpoint {
        let every = duration::display_ms(plan.settings.checkpoint_every_ms.unwrap_or(1_000));
        let what = if has_state {
            "state and offsets together"
        } else {
            "the offsets"
        };
        let also = if from_group {
            "; the consumer group has the offsets too"
        } else {
            ""
        };
        return format!(
            "checkpoints in `{directory}`, at most every {every}: {what}{also}. The flags \
             `--checkpoint` and `--checkpoint-every` override this."
        );
    }
    let mut sentences = Vec::new();
    if plan.outlives_intervals() {
        sentences.push(
            "none is kept: there is state that outlives intervals, and it is in memory only. With \
             `--checkpoint DIR` it is kept with the offsets, and a restart goes on from there."
                .to_owned(),
        );
    } else if from_group {
        let group = format!("offsets in the consumer group `streamflow.{}`", plan.name);
        sentences.push(match (has_state, common_interval_ms(plan)) {
            (false, _) => format!("{group}."),
            (true, Some(every_ms)) => format!(
                "{group}, saved every {}, when all intervals end and no state is left to keep. \
                 With `--checkpoint DIR` open intervals are kept too, and a restart adds to them.",
                duration::display_ms(every_ms)
            ),
            (true, None) => format!(
                "{group}, saved when all intervals end together. With `--checkpoint DIR` open \
                 intervals are kept too, and a restart adds to them."
            ),
        });
    }
    let from_checkpoint = names(plan, |replay| matches!(replay, Replay::FromCheckpoint));
    if !from_checkpoint.is_empty() {
        sentences.push(format!(
            "Every run reads {} from the beginning; with `--checkpoint DIR` it continues where \
             the last one ended.",
            listed(from_checkpoint)
        ));
    }
    if sentences.is_empty() {
        sentences.push("none is kept.".to_owned());
    }
    sentences.join(" ")
}

/// The time after which all triggers fire together: the least common multiple.
fn common_interval_ms(plan: &Plan) -> Option<u64> {
    plan.stages
        .iter()
        .try_fold(1_u64, |common_ms, stage| match stage.role {
            // Its windows are open at any time: without checkpoints nothing is saved before the end.
            role if role.closes_by_itself() => None,
            Role::Aggregate {
                steps: Some(Steps::Placed(_)),
                ..
            }
            | Role::Ordered {
                within: Some(_), ..
            } => None,
            Role::Aggregate { every_ms, .. } => {
                let every_ms = every_ms.max(1);
                (common_ms / greatest_common_divisor(common_ms, every_ms)).checked_mul(every_ms)
            }
            Role::Source
            | Role::Stateless
            | Role::Ordered { .. }
            | Role::Table { .. }
            | Role::LookUp { .. }
            | Role::EventTime { .. }
            | Role::Sink => Some(common_ms),
        })
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}
