//! How one run of a job is set up: what flags, environment and `streamflow.toml` say together.

use std::path::PathBuf;
use std::time::Duration;

/// The settings of one run, with every source of settings already weighed against the others.
#[derive(Debug, Clone)]
pub struct RunConfig {
    /// Kafka bootstrap servers, `host:port[,host:port]`. `None` runs on in-process topics.
    pub brokers: Option<String>,
    /// The consumer group that offsets are committed to.
    pub group: String,
    /// The directory for checkpoints. `None` keeps progress in the consumer group alone.
    pub checkpoint: Option<PathBuf>,
    /// How often a checkpoint is taken at most.
    pub checkpoint_every: Duration,
    /// Where to begin when there is no checkpoint to continue from.
    pub from: From,
    /// When the run ends by itself.
    pub until: Until,
    /// Ends the run after this long, as a stop signal would.
    pub run_for: Option<Duration>,
    /// The number of workers.
    pub parallelism: usize,
    /// How long a stop may take before the process gives up on a clean one.
    pub shutdown: Duration,
    /// librdkafka properties passed through as they are, in the order in which they were given.
    pub properties: Vec<(String, String)>,
}

/// Where a topic is read from when there is no checkpoint to continue from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The group's committed offsets; a partition without one starts at its first record.
    Checkpoint,
    /// The first record that the topic still has.
    Earliest,
    /// Behind the last record that the topic has at the start of the run.
    Latest,
    /// The first record at or after this time, in milliseconds since the Unix epoch.
    TimestampMs(i64),
}

/// When a run ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Never: until a signal, `--for`, or the end of a bounded input.
    Stopped,
    /// When every partition has been read to the end it had at the start of the run.
    CaughtUp,
}
