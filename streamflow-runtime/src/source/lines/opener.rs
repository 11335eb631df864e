//! Opens sources for tests.

use std::sync::Arc;

use crate::config::RunConfig;
use crate::connection::Connection;
use crate::error::Result;
use crate::plan::Plan;
use crate::source::{Opening, PartitionName, Source};
use crate::time::{Clock, ManualClock};
use crate::topics::Topics;

const PLAN: Plan = Plan::empty("test");

/// How a test opens a source.
pub(in crate::source) struct Opener {
    pub(in crate::source) config: RunConfig,
    pub(in crate::source) clock: Arc<ManualClock>,
    pub(in crate::source) checkpointed: Vec<(PartitionName, i64)>,
    pub(in crate::source) worker: usize,
    pub(in crate::source) workers: usize,
}

impl Opener {
    /// One worker, without a checkpoint, at time 0.
    pub(in crate::source) fn new() -> Self {
        Opener {
            config: RunConfig::of(&PLAN).unwrap(),
            clock: Arc::new(ManualClock::at(0)),
            checkpointed: Vec::new(),
            worker: 0,
            workers: 1,
        }
    }

    pub(in crate::source) fn open<S: Source>(&self, source: &S) -> Result<S::Reader> {
        source.open(&Opening {
            stage: 0,
            worker: self.worker,
            workers: self.workers,
            connection: &Connection::InProcess(Arc::new(Topics::new())),
            checkpointed: &self.checkpointed,
            config: &self.config,
            clock: &Clock::Manual(Arc::clone(&self.clock)),
        })
    }
}
