//! The checkpoint that a run goes on from: what the job takes of it, and what it is called there.

use super::{Run, is_named, kept, watermarks::Watermarks};
use crate::checkpoint::{Checkpoint, StateImage};
use crate::error::{Code, Error, Result};
use crate::history::History;
use crate::plan::{Plan, Role, Stage};
use crate::source::PartitionName;

impl Run {
    /// What checkpoints call a source. Sources that are written alike are numbered: each has
    /// offsets of its own.
    pub(super) fn source_name(&self, stage: usize) -> String {
        source_name(self.plan, stage)
    }

    /// The epoch of the checkpoint that the run goes on from, if it holds open state.
    pub(crate) fn open_state(&self) -> Option<u64> {
        self.restored
            .as_ref()
            .and_then(Checkpoint::epoch_of_open_state)
    }

    /// The state of a stage in the checkpoint, if there is one.
    pub(crate) fn restored_state(&self, stage: usize) -> Option<&StateImage> {
        let name = self.state_name(stage);
        self.restored
            .as_ref()?
            .states
            .iter()
            .find(|state| state.name == name)
    }

    /// The offsets that the checkpoint has for a source.
    pub(crate) fn checkpointed_offsets(&self, stage: usize) -> Vec<(PartitionName, i64)> {
        let source = self.source_name(stage);
        self.restored
            .iter()
            .flat_map(|checkpoint| &checkpoint.positions)
            .filter(|position| position.source == source)
            .map(|position| (position.partition.clone(), position.next_offset))
            .collect()
    }
}

fn source_name(plan: &Plan, number: usize) -> String {
    let name = plan
        .stages
        .get(number)
        .map_or_else(String::new, Stage::source_name);
    let alike = |stage: &&Stage| stage.role == Role::Source && stage.source_name() == name;
    match plan.stages.iter().take(number).filter(alike).count() {
        0 => name,
        before => format!("{name}#{}", before + 1),
    }
}

/// What the checkpoint keeps and no stage of the job takes would be lost without a word.
pub(super) fn everything_is_taken(
    plan: &Plan,
    history: &History,
    checkpoint: &Checkpoint,
) -> Result<()> {
    let keeps = |wanted: &str| {
        let mut names = plan.stages.iter().filter_map(|stage| stage.role.state());
        names.any(|name| name == wanted)
    };
    let reads = |wanted: &str| (0..plan.stages.len()).any(|at| source_name(plan, at) == wanted);
    let states = checkpoint.states.iter();
    let state = states
        // A watermark says how far records have come: nothing is lost with it.
        .filter(|state| state.layout != kept::WATERMARK)
        .map(|state| &state.name)
        .find(|name| !keeps(name) && !history.drops(name));
    let source = checkpoint
        .positions
        .iter()
        .map(|it| &it.source)
        .find(|name| !reads(name));
    let (what, help) = match (state, source) {
        (None, None) => return Ok(()),
        (Some(name), _) => (
            format!("the checkpoint keeps the state `{name}`, and no stage of the job does"),
            unwanted_state(name),
        ),
        (None, Some(name)) => (
            format!("the checkpoint keeps offsets of `{name}`, and the job does not read it"),
            "read it again as before, or begin with another `--checkpoint` directory".to_owned(),
        ),
    };
    Err(Error::new(Code::IncompatibleState, what).help(help))
}

fn unwanted_state(name: &str) -> String {
    if is_named(name) {
        format!(
            "give a stage this name again (`as {name}`), or write `drop state {name};` in the job"
        )
    } else {
        "run the former job to the end of an interval, or begin with another `--checkpoint` directory".to_owned()
    }
}

/// Lets time go on from where the checkpoint has it.
pub(super) fn restore_watermarks(
    plan: &Plan,
    restored: &Checkpoint,
    watermarks: &Watermarks,
) -> Result<()> {
    for (number, stage) in plan.stages.iter().enumerate() {
        let Role::EventTime { state: name, .. } = stage.role else {
            continue;
        };
        let mut states = restored.states.iter();
        let part = states
            .find(|state| state.name == name)
            .and_then(|state| state.parts.first());
        if let Some(part) = part {
            let source_of =
                |name: &str| (0..plan.stages.len()).find(|at| source_name(plan, *at) == name);
            let stage_of = |name: &str| {
                let mut stages = plan.stages.iter();
                stages.position(|stage| stage.role.state() == Some(name))
            };
            watermarks
                .restore(number, &part.bytes, source_of, stage_of)
                .map_err(|cause| damaged_watermark(name, cause))?;
        }
    }
    Ok(())
}

fn damaged_watermark(name: &str, cause: postcard::Error) -> Error {
    Error::new(
        Code::CorruptCheckpoint,
        format!("cannot read the watermark `{name}`"),
    )
    .caused_by(cause)
    .help("begin with another `--checkpoint` directory; records are then read again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{OnError, Settings};

    const SOURCE: Stage = Stage {
        operator: "files",
        text: "files(pattern.clone())",
        line: 1,
        role: Role::Source,
        inputs: &[],
        segment: 0,
        on_error: OnError::Fail,
        topics: &[],
    };

    const PLAN: Plan = Plan {
        name: "test",
        stages: &[SOURCE, SOURCE],
        settings: Settings::UNSET,
    };

    fn checkpoint(source: &str) -> Checkpoint {
        use crate::checkpoint::Position;
        use crate::source::PartitionKind;

        Checkpoint {
            job: "test".into(),
            epoch: 1,
            taken_at_ms: 0,
            positions: vec![Position {
                source: source.into(),
                partition: PartitionName {
                    topic: "a.csv".into(),
                    partition: 0,
                    kind: PartitionKind::File,
                },
                next_offset: 2,
            }],
            states: Vec::new(),
        }
    }

    #[test]
    fn sources_that_are_written_alike_have_offsets_of_their_own() {
        assert_eq!(source_name(&PLAN, 0), "files(pattern.clone())");
        assert_eq!(source_name(&PLAN, 1), "files(pattern.clone())#2");
    }

    #[test]
    fn offsets_that_no_source_takes_are_refused() {
        assert!(
            everything_is_taken(
                &PLAN,
                &History::NONE,
                &checkpoint("files(pattern.clone())#2")
            )
            .is_ok()
        );
        let error =
            everything_is_taken(&PLAN, &History::NONE, &checkpoint("files(other)")).unwrap_err();
        assert_eq!(error.code(), Code::IncompatibleState);
        assert!(
            error.one_line().contains("`files(other)`"),
            "{}",
            error.one_line()
        );
    }
}
