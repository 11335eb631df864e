//! How one run of a job is set up: what flags, environment and `streamflow.toml` say together.
//!
//! For each setting the first of these that names it wins: flag, environment, file, job header,
//! default. [`resolve`] weighs them; [`RunConfig`] is the outcome.
//!
//! ```toml
//! # streamflow.toml
//! brokers = "kafka-1:9092,kafka-2:9092"
//! checkpoint = "/var/lib/streamflow"
//! checkpoint_every = "10s"
//!
//! [kafka] # properties of librdkafka
//! security.protocol = "SASL_SSL"
//! sasl.username = "${KAFKA_USER}"
//! sasl.password = "${file:/run/secrets/kafka}"
//!
//! [object_store] # what the environment does not say of the stores that are written to
//! aws_endpoint_url = "https://s3.example.com"
//! aws_secret_access_key = "${file:/run/secrets/s3}"
//! ```

mod expand;
mod file;
mod near;
pub mod properties;
mod resolve;
mod setting;
mod size;
mod values;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::Result;
use crate::plan::Plan;

pub(crate) use near::nearest;
pub use resolve::{Environment, Flags, Resolved, resolve};
pub use setting::{Origin, Setting};

/// The settings of one run, with every source of settings already weighed against the others.
///
/// Printed for debugging, it keeps secrets to itself.
#[derive(Clone)]
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
    /// How much memory the process may take, in bytes: input is paused above that. `None` leaves it
    /// to the machine.
    pub memory_bytes: Option<u64>,
    /// How long a stop may take before the process gives up on a clean one.
    pub shutdown: Duration,
    /// In which way records are read from Kafka.
    pub source: Through,
    /// In which way results are sent to Kafka.
    pub producer: Through,
    /// librdkafka properties passed through as they are, in the order in which they were given.
    /// Those about fetching and about the way to the brokers count for both ways of reading.
    pub properties: Vec<(String, String)>,
    /// Settings of object stores, for `to object_store(…)`: `aws_region`, `google_application_credentials`,
    /// `azure_storage_account_name`, … A variable of the environment by the same name, in capitals,
    /// counts for more.
    pub object_store: Vec<(String, String)>,
}

impl RunConfig {
    /// The settings of a run that no flag, environment or file has a say in: those of the job's
    /// header, and the defaults.
    pub fn of(plan: &Plan) -> Result<Self> {
        resolve(plan, &Flags::default(), &Environment::default()).map(|resolved| resolved.config)
    }
}

impl fmt::Debug for RunConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All fields by name: one added later must be weighed here before it is printed.
        let RunConfig {
            brokers,
            group,
            checkpoint,
            checkpoint_every,
            from,
            until,
            run_for,
            parallelism,
            memory_bytes,
            shutdown,
            source,
            producer,
            properties,
            object_store,
        } = self;
        // Which of them are secret, their stores know.
        let object_store: Vec<&str> = object_store.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("RunConfig")
            .field("brokers", brokers)
            .field("group", group)
            .field("checkpoint", checkpoint)
            .field("checkpoint_every", checkpoint_every)
            .field("from", from)
            .field("until", until)
            .field("run_for", run_for)
            .field("parallelism", parallelism)
            .field("memory_bytes", memory_bytes)
            .field("shutdown", shutdown)
            .field("source", source)
            .field("producer", producer)
            .field("properties", &properties::redacted(properties))
            .field("object_store", &object_store)
            .finish()
    }
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

/// In which way records are read from Kafka, or results are sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// The fastest that the other settings allow.
    Auto,
    /// Connections of streamflow's own, which take no object for a record. Where a setting asks for
    /// what they cannot do, the run ends with [`Code::Config`](crate::Code::Config).
    Native,
    /// librdkafka, which knows more ways to log on.
    Rdkafka,
}
