//! One worker's waits in front of what it tries again.

use std::thread;
use std::time::{Duration, Instant};

use super::{Halt, Outcome, Worker};

/// How long a wait can outlast the end of the run.
const SLICE: Duration = Duration::from_millis(50);

impl Worker<'_> {
    /// Waits before the function of a stage is tried again. Under test no time passes.
    ///
    /// A run that is asked to end waits as ever: to leave the record out would lose it, and whoever
    /// does not wait that long finds it in front of the committed offset.
    pub(crate) fn wait_to_try_again(&self, stage: usize, wait: Duration) -> Outcome {
        self.tell_of_retry(stage, wait);
        if self.run.is_test() {
            return Ok(());
        }
        let began = Instant::now();
        loop {
            if self.run.rounds.is_aborted() {
                return Err(Halt::Aborted);
            }
            let left = wait.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(SLICE));
        }
    }

    /// Says that a stage is tried again.
    pub(crate) fn tell_of_retry(&self, stage: usize, wait: Duration) {
        if let Some(stage) = self.run.plan.stages.get(stage) {
            tracing::debug!(
                "`{}` (line {}) is tried again in {wait:?}",
                stage.text,
                stage.line
            );
        }
    }
}
