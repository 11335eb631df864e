//! Makes state when a worker begins, from its checkpoint where there is one, and saves it.

use crate::error::{Code, Error};
use crate::round::Round;
use crate::state::{Held, KeptKey, Keyed, Mailbox, Restored, RowsState, Saved, Single, Stored};
use crate::worker::{Outcome, Worker};

/// Where workers leave entries for each other.
pub fn exchange<T>() -> Mailbox<T> {
    Mailbox::default()
}

/// State with keys, and values that a sign combines.
pub fn keyed_state<K: KeptKey, V: Stored>(
    worker: &mut Worker<'_>,
    stage: usize,
) -> Outcome<Keyed<K, V>> {
    restored(worker, stage)
}

/// State with keys, and values that a closure combines.
pub fn held_keyed_state<K: KeptKey, V: Stored>(
    worker: &mut Worker<'_>,
    stage: usize,
) -> Outcome<Keyed<K, Held<V>>> {
    restored(worker, stage)
}

/// State of one value that a sign combines.
pub fn single_state<V: Stored>(worker: &mut Worker<'_>, stage: usize) -> Outcome<Single<V>> {
    restored(worker, stage)
}

/// State of one value that a closure combines.
pub fn held_state<V: Stored>(worker: &mut Worker<'_>, stage: usize) -> Outcome<Single<Held<V>>> {
    restored(worker, stage)
}

/// Rows that wait for the end of their interval.
pub fn rows_state(worker: &mut Worker<'_>, stage: usize) -> Outcome<RowsState> {
    restored(worker, stage)
}

/// What the checkpoint holds for this worker. The parts are dealt in turn, whatever the number of
/// workers that wrote them: merging brings equal keys together again.
fn restored<S: Restored>(worker: &mut Worker<'_>, stage: usize) -> Outcome<S> {
    worker.describe_state(stage, S::layout);
    let Some(image) = worker.run().restored_state(stage) else {
        return Ok(S::default());
    };
    let layout = layout::<S>(worker, stage);
    if image.layout != layout {
        return Err(Error::new(
            Code::IncompatibleState,
            format!(
                "the checkpoint holds `{}` as `{}`, and the job now keeps `{}`",
                image.name,
                image.layout,
                layout
            ),
        )
        .help("run the former job to the end of an interval, or begin with another `--checkpoint` directory")
        .into());
    }
    let parts: Vec<&[u8]> = image
        .parts
        .iter()
        .skip(worker.index())
        .step_by(worker.workers())
        .map(Vec::as_slice)
        .collect();
    S::restore(&parts).map_err(|cause| {
        Error::new(
            Code::CorruptCheckpoint,
            format!("cannot read the state `{}`", image.name),
        )
        .caused_by(cause)
        .help("begin with another `--checkpoint` directory; records are then read again")
        .into()
    })
}

/// What is kept, in the words of the checkpoint.
fn layout<S: Saved>(worker: &Worker<'_>, stage: usize) -> String {
    let stage = worker.run().plan.stages.get(stage);
    stage.map_or_else(S::layout, |stage| stage.kept_as(S::layout()))
}

/// Saves what is kept, if the round saves.
pub fn save<S: Saved>(worker: &mut Worker<'_>, round: &Round, stage: usize, kept: &S) -> Outcome {
    if !round.saves || !worker.run().has_checkpoints() {
        return Ok(());
    }
    let bytes = kept.image().map_err(|cause| {
        Error::new(
            Code::Bug,
            format!("cannot write the state of stage {stage}"),
        )
        .caused_by(cause)
    })?;
    worker
        .run()
        .collected()
        .image(stage, layout::<S>(worker, stage), bytes);
    Ok(())
}
