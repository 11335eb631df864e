//! Answers that a stage waits for: many at a time, on the thread of the worker that has the items.
//!
//! The futures are the user's. They are polled by the worker itself, so they may borrow from items
//! and variables; what they wait for (sockets, timers, tasks of their own) is driven by a runtime of
//! tokio that all jobs of the process share.

mod cache;
#[cfg(feature = "async")]
mod waiting;
#[cfg(not(feature = "async"))]
mod without;

use std::time::Duration;

use crate::failure::Failure;
use crate::private::Retries;
use crate::state::Stands;

pub use cache::Cache;
pub(crate) use cache::HashedKey;
#[cfg(feature = "async")]
pub(crate) use waiting::{can_wait, wait_for};
#[cfg(not(feature = "async"))]
pub(crate) use without::{can_wait, wait_for};

/// How a stage waits for its answers.
#[derive(Debug)]
pub struct Asks {
    /// The number of the stage.
    pub stage: usize,
    /// How many are waited for at a time.
    pub concurrency: u64,
    /// How long each is waited for.
    pub timeout_ms: u64,
    /// Whether items go on in their own order; otherwise in that of their answers.
    pub is_ordered: bool,
    /// How often a question is asked again that has got no answer.
    pub retries: Option<Retries>,
}

impl Asks {
    /// How long each answer is waited for.
    #[cfg_attr(
        not(feature = "async"),
        expect(dead_code, reason = "nothing is waited for")
    )]
    fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// How many are waited for at a time.
    #[cfg_attr(
        not(feature = "async"),
        expect(dead_code, reason = "nothing is waited for")
    )]
    fn concurrency(&self) -> usize {
        usize::try_from(self.concurrency)
            .unwrap_or(usize::MAX)
            .max(1)
    }
}

/// A question: which one it is, and where its item comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) number: usize,
    pub(crate) at: Stands,
}

/// What has come of a question.
#[derive(Debug)]
pub(crate) struct Answered<T> {
    pub(crate) asked: Asked,
    pub(crate) outcome: Result<T, Failure>,
}
