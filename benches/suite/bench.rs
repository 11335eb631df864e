//! What every scenario is given: the broker, the arguments, and a folder for its jobs.

use std::fs;
use std::io;
use std::path::PathBuf;

use streamflow_test_support::kafka::{Admin, Broker, unique};
use streamflow_test_support::machine::Machine;

use crate::arguments::Arguments;
use crate::limits;

/// How many partitions every topic has.
pub(crate) const PARTITIONS: u32 = 4;

/// What is shared by all scenarios.
pub(crate) struct Bench<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) machine: Machine,
    /// What one core copies in memory, in bytes for a second.
    pub(crate) copied_per_s: f64,
    pub(crate) broker: Broker,
    pub(crate) admin: Admin,
}

impl<'a> Bench<'a> {
    pub(crate) fn prepare(arguments: &'a Arguments) -> Result<Self, String> {
        let broker = Broker::start().map_err(|unavailable| unavailable.to_string())?;
        Ok(Bench {
            arguments,
            machine: Machine::look(),
            copied_per_s: limits::copied_per_s(),
            admin: broker.admin(),
            broker,
        })
    }

    /// On what is measured, in a few lines.
    pub(crate) fn heading(&self) -> String {
        let Machine {
            date,
            processor,
            cores,
            kernel,
            java,
            rustc,
            commit,
        } = &self.machine;
        format!(
            "{date} UTC; {cores} cores, of which jobs use {}; {processor}; {kernel}\n\
             streamflow {} at {commit}; {rustc}; Kafka {} on {java}\n\
             One core copies {:.1} GB/s in memory.",
            self.arguments.cores,
            env!("CARGO_PKG_VERSION"),
            streamflow_test_support::kafka::VERSION,
            self.copied_per_s / 1e9
        )
    }

    /// A new topic; the name is not used again, as the broker takes its time to delete one.
    pub(crate) fn new_topic(&self, name: &str) -> String {
        let topic = unique(name);
        self.admin.create_topic(&topic, PARTITIONS.cast_signed());
        topic
    }

    /// An empty folder for one run.
    pub(crate) fn new_folder(&self) -> Result<PathBuf, String> {
        let folder = self.arguments.results.join("work");
        let failed = |cause: io::Error| format!("cannot clear `{}`: {cause}", folder.display());
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(failed)?;
        }
        fs::create_dir_all(&folder).map_err(failed)?;
        Ok(folder)
    }
}
