//! Knows whether any broker answers, from what all connections of a run meet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::kafka::events::Events;

/// The connections of one run, as far as they are up.
#[derive(Debug)]
pub(in crate::kafka) struct Health {
    events: Arc<Events>,
    n_up: AtomicUsize,
}

/// One connection that is up. Dropped, it is not.
#[derive(Debug)]
pub(super) struct Up<'h>(&'h Health);

impl Health {
    pub(in crate::kafka) fn new(events: Arc<Events>) -> Self {
        Health {
            events,
            n_up: AtomicUsize::new(0),
        }
    }

    pub(super) fn up(&self) -> Up<'_> {
        self.n_up.fetch_add(1, Ordering::AcqRel);
        Up(self)
    }

    /// Notes that a broker has answered.
    pub(super) fn answered(&self) {
        self.events.fetched();
    }

    /// Notes that a connection was lost, or could not be made.
    ///
    /// While another one is up that is a matter of that broker: its partitions may have moved.
    pub(super) fn failed(&self, reason: &str) {
        tracing::debug!("a connection failed: {reason}");
        if self.n_up.load(Ordering::Acquire) == 0 {
            self.events.lost(reason);
        }
    }
}

impl Drop for Up<'_> {
    fn drop(&mut self) {
        self.0.n_up.fetch_sub(1, Ordering::AcqRel);
    }
}
