//! Saves state for a checkpoint.

use crate::round::Round;
use crate::run::Image;
use crate::state::{Restored, can_be_read_again};
use crate::worker::{Outcome, Worker};

/// Saves what is kept, if the round saves or a test looks at it.
pub fn save<S: Restored>(
    worker: &mut Worker<'_>,
    round: &Round,
    stage: usize,
    kept: &S,
) -> Outcome {
    let run = worker.run();
    let is_saved = round.saves && run.has_checkpoints();
    if !is_saved && !run.under_test.is_looking() {
        return Ok(());
    }
    // Known before anything can go wrong: errors name the layout.
    let layout = run.kept(stage, S::layout).to_string();
    let bytes = kept
        .image()
        .map_err(|cause| run.unsaveable(stage).caused_by(cause))?;
    // An image of nothing is one byte and proves nothing.
    let is_checked = is_saved && bytes.len() > 1 && run.is_to_be_read_again(stage);
    run.collected().image(Image {
        stage,
        layout,
        bytes,
        reads_again: is_checked.then_some(can_be_read_again::<S>),
    });
    Ok(())
}
