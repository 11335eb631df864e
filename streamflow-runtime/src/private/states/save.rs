//! Saves state for a checkpoint, and weighs it where memory is short.

use crate::round::Round;
use crate::run::Image;
use crate::state::{Parts, Restored, can_be_read_again, parts_of};
use crate::worker::{Outcome, Worker};

/// Saves what is kept, if the round saves or a test looks at it, and weighs it, if the round does.
pub fn save<S: Restored>(
    worker: &mut Worker<'_>,
    round: &Round,
    stage: usize,
    kept: &mut S,
) -> Outcome {
    if round.weighs {
        weigh(worker, stage, kept)?;
    }
    let run = worker.run();
    let is_saved = round.saves && run.has_checkpoints();
    if !is_saved && !run.under_test.is_looking() {
        return Ok(());
    }
    // Known before anything can go wrong: errors name the layout.
    let layout = run.kept(stage, S::layout).to_string();
    let parts = parts_of(kept).map_err(|cause| run.unsaveable(stage).caused_by(cause))?;
    // A part of nothing is one byte and proves nothing.
    let is_of_nothing = parts.iter().all(|part| part.bytes.len() <= 1);
    let is_checked = is_saved && !is_of_nothing && run.is_to_be_read_again(stage);
    run.collected().image(Image {
        stage,
        layout,
        parts,
        reads_again: is_checked.then_some(can_be_read_again::<S>),
    });
    Ok(())
}

/// Finds out how much a stage keeps, and gives back what it does not need.
#[cold]
fn weigh<S: Restored>(worker: &Worker<'_>, stage: usize, kept: &mut S) -> Outcome {
    let run = worker.run();
    kept.shrink();
    let mut scales = Parts::scales();
    kept.write(&mut scales)
        .map_err(|cause| run.unsaveable(stage).caused_by(cause))?;
    run.memory.weighed(stage, scales.into_weight());
    Ok(())
}
