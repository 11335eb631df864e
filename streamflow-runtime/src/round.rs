//! A round: the moment at which all workers stop between two batches, together.
//!
//! Triggers fire in a round, and checkpoints are taken in one. Every worker takes the same
//! rounds in the same order, so what they exchange always pairs up.

use crate::time::calendar::{Calendar, Ends};

/// What this round is for; the same for every worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// Counts the rounds of a run, from 1.
    pub number: u64,
    /// The end of the interval that the round closes, in milliseconds since the Unix epoch; for
    /// a round that no trigger asked for, the time at which it was called.
    pub time_ms: i64,
    /// Which triggers fire.
    pub fires: Fires,
    /// Whether outputs are flushed, state is saved and offsets are committed.
    pub saves: bool,
    /// Whether stages weigh what they keep, as memory is short.
    pub weighs: bool,
    /// Whether the run ends with this round.
    pub last: bool,
}

/// Which triggers fire in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fires {
    /// Those whose interval ends at the round's time.
    Due,
    /// All: the input has ended, so every open interval is as full as it will get.
    All,
    /// None: open intervals go into the checkpoint as they are.
    None,
}

impl Round {
    /// If the trigger `every every_ms` fires in this round, the end of the interval it closes.
    pub fn fires(&self, every_ms: u64) -> Option<i64> {
        self.fires_by(&Calendar::of(Ends::of_multiples(every_ms)))
    }

    /// The same of a trigger that fires whenever a step of a calendar ends.
    pub(crate) fn fires_by(&self, calendar: &Calendar) -> Option<i64> {
        let is_due = calendar.is_end(self.time_ms);
        match self.fires {
            Fires::None => None,
            Fires::Due => is_due.then_some(self.time_ms),
            Fires::All if is_due => Some(self.time_ms),
            Fires::All => Some(calendar.after(self.time_ms)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUE: Round = Round {
        number: 1,
        time_ms: 6_000,
        fires: Fires::Due,
        saves: false,
        weighs: false,
        last: false,
    };

    #[test]
    fn trigger_fires_at_multiples_of_its_interval() {
        assert_eq!(DUE.fires(1_000), Some(6_000));
        assert_eq!(DUE.fires(4_000), None);
    }

    #[test]
    fn ended_input_fires_every_trigger_at_the_end_of_its_open_interval() {
        let ended = Round {
            fires: Fires::All,
            ..DUE
        };
        assert_eq!(ended.fires(4_000), Some(8_000));
        assert_eq!(ended.fires(1_000), Some(6_000));
    }
}
