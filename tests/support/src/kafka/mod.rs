//! A real Kafka broker, and clients to look at what is on it.
//!
//! A test asks for the broker of its process and says its own name, for the line that is printed
//! where there is no Java or Maven:
//!
//! ```no_run
//! use streamflow_test_support::kafka::{self, Compression, Message};
//!
//! # fn main() {
//! let Some(broker) = kafka::broker_or_skip("records_are_counted_once") else { return };
//! let admin = broker.admin();
//! let topic = kafka::unique("user_access");
//! admin.create_topic(&topic, 4);
//! admin.produce(&topic, ["user1", "user2"].map(Message::from), Compression::None);
//! assert_eq!(admin.end_offsets(&topic).values().sum::<i64>(), 2);
//! # }
//! ```
//!
//! The broker is Apache Kafka itself, fetched from Maven Central once for each target directory.
//! Nothing it writes outlives the test process, and neither does its own process: see
//! `watchdog.sh`.

mod admin;
mod arrivals;
mod availability;
mod broker;
mod certificate;
mod cluster;
mod consume;
mod distribution;
mod paced;
mod produce;
mod settings;
mod token_endpoint;
mod token_signer;

pub use crate::java::Unavailable;
pub use admin::{Admin, unique};
pub use arrivals::Arrivals;
pub use availability::{
    broker_or_skip, cluster_or_skip, own_broker_or_skip, secured_broker_or_skip,
};
pub use broker::Broker;
pub use cluster::Cluster;
pub use consume::StoredMessage;
pub use distribution::VERSION;
pub use paced::Schedule;
pub use produce::{Compression, Message, Transactions};
pub use token_endpoint::{Answer, TokenEndpoint};
