//! Rounds, as generated code goes through them.

use crate::round::Round;
use crate::time::calendar::{Calendar, Ends};
use crate::worker::{Outcome, Worker};

/// The round to join now, if one is called for.
#[inline]
pub fn next_round(worker: &mut Worker<'_>) -> Outcome<Option<Round>> {
    worker.next_round()
}

/// Whether the trigger of a stage fires in the round.
pub fn fires(round: &Round, every_ms: u64) -> bool {
    round.fires(every_ms).is_some()
}

/// Whether a trigger fires in the round that does so at other moments than multiples of its interval.
pub fn fires_at(round: &Round, ends: Ends) -> bool {
    round.fires_by(&Calendar::of(ends)).is_some()
}

/// Ends the round; returns whether the run ends with it.
pub fn end_round(worker: &mut Worker<'_>, round: &Round) -> Outcome<bool> {
    worker.end_round(round)
}
