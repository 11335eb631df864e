//! The connection of a run to a Kafka cluster, through librdkafka.
//!
//! [`Client`] knows partitions, start offsets and the consumer group; `messages` is the only
//! place that touches librdkafka's memory; `producer` sends. Nothing outside the Kafka modules
//! names `rdkafka`.

mod client;
mod events;
mod failures;
mod group;
pub(crate) mod messages;
mod producer;
mod settings;
mod starts;

pub use client::Client;
pub(crate) use failures::batch_failure;
pub(crate) use producer::Producer;
pub(crate) use starts::Start;
