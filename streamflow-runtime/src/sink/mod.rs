//! Where results leave a job: a sink is shared, each worker writes to it through a writer.
//!
//! Items are encoded by the worker into its writer's own buffer. At the end of a round every
//! worker hands its buffer over, and then one of them publishes what has come together.

pub mod channel;
pub mod files;
pub mod kafka;
pub mod objects;
pub mod parts;
pub mod print;

use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::round::Round;

/// An output of a job, shared by its workers.
pub trait Sink: fmt::Debug + Send + Sync {
    /// Connects, creates directories, checks that the output can be written. Called once, before
    /// any record is read.
    fn open(&self, opening: &SinkOpening<'_>) -> Result<()>;

    /// Brings out what the writers have handed over. Called by one worker, once in every round,
    /// when all have done so.
    fn publish(&self, round: &Round) -> Result<()>;

    /// Returns when everything published so far is out: written, acknowledged, on disk. Called
    /// before a checkpoint, by one worker, after `publish`.
    fn flush(&self) -> Result<()>;

    /// Returns when everything published so far stands in front of what is published later by
    /// other workers: partitions are about to go on at them.
    fn keep_order(&self) -> Result<()> {
        self.flush()
    }

    /// Told before what was flushed is saved: a run that begins again behind it does not bring it
    /// again.
    fn note_saved(&self) {}

    /// Until when a save had better wait, in milliseconds since the Unix epoch: what is being written
    /// is whole then. A save before that cuts it short, and loses nothing. Asked behind `publish`.
    fn saves_wait_until_ms(&self) -> Option<i64> {
        None
    }

    /// The objects that the sink has put into a store, where a test asks for them.
    fn objects(&self) -> Result<Vec<Object>> {
        Ok(Vec::new())
    }

    /// What was printed since the last call, where a test captures it.
    fn captured(&self) -> Option<String> {
        None
    }
}

/// An object of a store, as a test looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Where it is: `s3://bucket/dir/part-…`.
    pub url: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What a sink is told when a run begins.
#[derive(Debug)]
pub struct SinkOpening<'a> {
    /// What the job does.
    pub plan: &'a crate::plan::Plan,
    /// What the run is connected to.
    pub connection: &'a crate::connection::Connection,
    /// How this run is set up.
    pub config: &'a crate::config::RunConfig,
    /// The clock of the run.
    pub clock: &'a crate::time::Clock,
    /// Whether what would be printed is kept for a test instead.
    pub captures_output: bool,
}

/// A sink that workers write to.
pub trait Writes: Sink {
    /// What one worker writes with.
    type Writer: Writer;

    /// The writer of one worker. Called once per worker, when the sink is open.
    fn writer(self: &Arc<Self>, worker: usize) -> Result<Self::Writer>;
}

/// One worker's way to a sink.
pub trait Writer {
    /// Called behind every batch, for what should not wait for the next round.
    fn after_batch(&mut self) -> Result<()> {
        Ok(())
    }

    /// Hands over everything written so far, for [`Sink::publish`].
    fn hand_over(&mut self) -> Result<()>;
}
