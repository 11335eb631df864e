//! Queries of Nexmark, a benchmark about an online auction house, as jobs over Kafka.
//!
//! People register, put things up for auction and bid for them. The [`generator`] makes the events in
//! the proportions of the original: of 50 events one is a person, three are auctions and 46 are bids;
//! half of the bids are for one hot auction in a hundred, three quarters of the bids come from one hot
//! person in a hundred, and three quarters of the auctions are put up by such a one. The same seed makes
//! the same events.
//!
//! [`QUERIES`] holds the queries; each knows from a slow and obvious reading of all events what it has
//! to give. The tests run them in the process and on a real broker; the benchmark measures them.

pub mod events;
pub mod generator;
mod oracle;
mod queries;

pub use oracle::Expected;
pub use queries::{QUERIES, Query, Topics};
