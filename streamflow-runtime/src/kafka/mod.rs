//! The connection of a run to a Kafka cluster.
//!
//! [`Client`] knows partitions, start offsets and the consumer group; `producer` sends. Records
//! come in one of two ways, between which `way` decides: over connections of streamflow's own
//! (`native`), or through librdkafka, whose memory only `messages` touches. Where brokers want tokens,
//! `oauth` gets them for both. Nothing outside the Kafka modules names `rdkafka`.

mod client;
mod committer;
mod events;
mod failures;
mod group;
pub(crate) mod messages;
pub(crate) mod native;
#[cfg(feature = "tls")]
mod oauth;
mod producer;
mod settings;
mod starts;
pub(crate) mod way;

pub use client::Client;
pub(crate) use failures::batch_failure;
pub(crate) use native::{Pending, SendSettings, Sender};
pub(crate) use producer::Producer;
pub(crate) use starts::Start;
pub(crate) use way::Way;
