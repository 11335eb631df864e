//! Decides when the cluster is asked again.

use std::time::{Duration, Instant};

use crate::kafka::native::backoff;

/// How often the cluster is asked for its partitions and leaders without a reason.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// How long it takes at least until the cluster is asked again.
const ASK_APART: Duration = Duration::from_millis(100);

/// When the cluster was asked something, and when it is to be asked again.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) is_under_way: bool,
    n_in_vain: u32,
    pub(super) at: Option<Instant>,
    pub(super) again_from: Instant,
}

impl Asked {
    pub(super) fn never() -> Self {
        Asked {
            is_under_way: false,
            n_in_vain: 0,
            at: None,
            again_from: Instant::now(),
        }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        !self.is_under_way && self.again_from <= now
    }

    pub(super) fn begin(&mut self, now: Instant) {
        self.is_under_way = true;
        self.at = Some(now);
    }

    pub(super) fn answered(&mut self) {
        (self.is_under_way, self.n_in_vain) = (false, 0);
        self.again_from = Instant::now() + LOOK_EVERY;
    }

    pub(super) fn failed(&mut self) {
        self.is_under_way = false;
        self.n_in_vain += 1;
        self.again_from = Instant::now() + backoff::pause(self.n_in_vain);
    }

    /// It is to be asked again by then, but not at once after the last time.
    pub(super) fn again_by(&mut self, by: Instant) {
        let soon = self.at.map(|at| at + ASK_APART);
        self.again_from = self.again_from.min(by).max(soon.unwrap_or(by));
    }
}
