//! Brings restored state to the workers that own its keys.

use crate::private::states::Parcels;
use crate::round::Round;
use crate::state::{Homing, Mailbox};
use crate::worker::{Outcome, Worker};

/// Brings what a checkpoint has brought to the owners of the keys, in the first round.
pub fn bring_home<S: Homing>(
    worker: &mut Worker<'_>,
    round: &Round,
    stage: usize,
    homes: &Mailbox<S::Entry>,
    state: &mut S,
) -> Outcome {
    if round.number != 1 || worker.run().restored_state(stage).is_none() {
        return Ok(());
    }
    let mut parcels = Parcels::new(worker, homes);
    for (owner, entry) in state.leaving(worker.workers()) {
        parcels.send(owner, entry);
    }
    state.come_home(parcels.received(worker)?);
    Ok(())
}
