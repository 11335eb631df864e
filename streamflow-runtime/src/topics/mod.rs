//! Topics inside the process: partitions that hold record batches as Kafka would return them.
//!
//! A topic is either stored (what a job or a test wrote into it) or made of [`Samples`], whose
//! records are made while they are read. Readers get the same bytes from both, so a job runs the
//! same loop with and without a broker.

mod log;
mod partitioner;
mod registry;
mod samples;
mod topic;

pub use crate::batch::NewRecord;
pub use registry::{TopicRecord, Topics};
pub use samples::Samples;

#[cfg(feature = "kafka")]
pub(crate) use partitioner::partition_of;
pub(crate) use topic::{Fetched, Topic};
