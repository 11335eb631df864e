//! Saves state for a checkpoint.

use crate::error::{Code, Error};
use crate::round::Round;
use crate::state::{Restored, can_be_read_again};
use crate::worker::{Outcome, Worker};

/// Saves what is kept, if the round saves.
pub fn save<S: Restored>(
    worker: &mut Worker<'_>,
    round: &Round,
    stage: usize,
    kept: &S,
) -> Outcome {
    let run = worker.run();
    if !round.saves || !run.has_checkpoints() {
        return Ok(());
    }
    let image = kept
        .image()
        .map_err(|cause| unsaveable::<S>(worker, stage).caused_by(cause))?;
    // An image of nothing is one byte and proves nothing.
    if image.len() > 1 && run.is_to_be_read_again(stage) && !can_be_read_again::<S>(&image) {
        return Err(unsaveable::<S>(worker, stage).into());
    }
    let layout = run.kept(stage, S::layout).to_string();
    run.collected().image(stage, layout, image);
    Ok(())
}

/// Found out when the state is saved, not when it is needed.
fn unsaveable<S: Restored>(worker: &Worker<'_>, stage: usize) -> Error {
    let (text, line) = worker
        .run()
        .plan
        .stages
        .get(stage)
        .map_or(("", 0), |stage| (stage.text, stage.line));
    let layout = &worker.run().kept(stage, S::layout).layout;
    Error::new(
        Code::UnsaveableState,
        format!("`{text}` (line {line}) keeps `{layout}`, which cannot be read again from a checkpoint"),
    )
    .help("a checkpoint holds values without names: take `skip_serializing_if`, `flatten`, `untagged` and `tag` of serde out of the types that are kept")
}
