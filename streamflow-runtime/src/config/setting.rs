//! Names the settings of a run, and the places that can set them.

use std::fmt;
use std::path::PathBuf;

/// Something that can be set about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// [`RunConfig::brokers`](super::RunConfig::brokers).
    Brokers,
    /// [`RunConfig::group`](super::RunConfig::group).
    Group,
    /// [`RunConfig::checkpoint`](super::RunConfig::checkpoint).
    Checkpoint,
    /// [`RunConfig::checkpoint_every`](super::RunConfig::checkpoint_every).
    CheckpointEvery,
    /// [`RunConfig::from`](super::RunConfig::from).
    From,
    /// [`RunConfig::until`](super::RunConfig::until).
    Until,
    /// [`RunConfig::run_for`](super::RunConfig::run_for).
    For,
    /// [`RunConfig::parallelism`](super::RunConfig::parallelism).
    Parallelism,
    /// [`RunConfig::memory_bytes`](super::RunConfig::memory_bytes).
    Memory,
    /// [`RunConfig::source`](super::RunConfig::source).
    Source,
    /// [`RunConfig::producer`](super::RunConfig::producer).
    Producer,
    /// [`RunConfig::shutdown`](super::RunConfig::shutdown).
    Shutdown,
}

impl Setting {
    /// Every setting, in the order in which people meet them.
    pub const ALL: [Setting; 12] = [
        Setting::Brokers,
        Setting::Group,
        Setting::Checkpoint,
        Setting::CheckpointEvery,
        Setting::From,
        Setting::Until,
        Setting::For,
        Setting::Parallelism,
        Setting::Memory,
        Setting::Source,
        Setting::Producer,
        Setting::Shutdown,
    ];

    /// Its name in `streamflow.toml`.
    pub fn key(self) -> &'static str {
        match self {
            Setting::Brokers => "brokers",
            Setting::Group => "group",
            Setting::Checkpoint => "checkpoint",
            Setting::CheckpointEvery => "checkpoint_every",
            Setting::From => "from",
            Setting::Until => "until",
            Setting::For => "for",
            Setting::Parallelism => "parallelism",
            Setting::Memory => "memory",
            Setting::Source => "source",
            Setting::Producer => "producer",
            Setting::Shutdown => "shutdown",
        }
    }

    /// Its flag, without the dashes.
    pub fn flag(self) -> &'static str {
        match self {
            Setting::CheckpointEvery => "checkpoint-every",
            Setting::Brokers
            | Setting::Group
            | Setting::Checkpoint
            | Setting::From
            | Setting::Until
            | Setting::For
            | Setting::Parallelism
            | Setting::Memory
            | Setting::Source
            | Setting::Producer
            | Setting::Shutdown => self.key(),
        }
    }

    /// Its environment variable.
    pub fn variable(self) -> &'static str {
        match self {
            Setting::Brokers => "STREAMFLOW_BROKERS",
            Setting::Group => "STREAMFLOW_GROUP",
            Setting::Checkpoint => "STREAMFLOW_CHECKPOINT",
            Setting::CheckpointEvery => "STREAMFLOW_CHECKPOINT_EVERY",
            Setting::From => "STREAMFLOW_FROM",
            Setting::Until => "STREAMFLOW_UNTIL",
            Setting::For => "STREAMFLOW_FOR",
            Setting::Parallelism => "STREAMFLOW_PARALLELISM",
            Setting::Memory => "STREAMFLOW_MEMORY",
            Setting::Source => "STREAMFLOW_SOURCE",
            Setting::Producer => "STREAMFLOW_PRODUCER",
            Setting::Shutdown => "STREAMFLOW_SHUTDOWN",
        }
    }
}

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag, without its dashes.
    Flag(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// A line (from 1) of a configuration file.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// The header of the job.
    Header,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag(flag @ "X") => write!(f, "flag `-{flag}`"),
            Origin::Flag(flag) => write!(f, "flag `--{flag}`"),
            Origin::Variable(variable) => write!(f, "environment variable `{variable}`"),
            Origin::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Origin::Header => write!(f, "the job's header"),
        }
    }
}
