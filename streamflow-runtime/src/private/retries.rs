//! Tries a function again that has refused an item.

use std::time::Duration;

use crate::failure::Failure;
use crate::worker::{Outcome, Worker};

/// How often a function is tried again, and how long is waited in front of the next time.
#[derive(Debug, Clone)]
pub struct Retries {
    left: u32,
    next: Duration,
    longest: Duration,
}

/// So often, with waits that double from the first one to the longest.
#[inline]
pub fn retries(times: u32, from_ms: u64, to_ms: u64) -> Retries {
    Retries {
        left: times,
        next: Duration::from_millis(from_ms),
        longest: Duration::from_millis(to_ms),
    }
}

impl Retries {
    /// How long to wait now; nothing where it has been tried often enough.
    pub(crate) fn take(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let now = self.next.min(self.longest);
        self.next = self.next.saturating_mul(2).min(self.longest);
        Some(now)
    }
}

/// Whether a function is tried again that has failed; waits in front of it.
#[cold]
pub fn tries_again(
    worker: &Worker<'_>,
    stage: usize,
    retries: &mut Retries,
    failure: &Failure,
) -> Outcome<bool> {
    if failure.is_fatal() {
        return Ok(false);
    }
    match retries.take() {
        Some(wait) => worker.wait_to_try_again(stage, wait).map(|()| true),
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut retries = retries(5, 100, 500);
        let waits = std::iter::from_fn(|| retries.take());
        let waits: Vec<u128> = waits.map(|wait| wait.as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 500, 500]);
    }
}
