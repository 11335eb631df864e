//! Streaming jobs as a few lines of Rust, fused at compile time into one loop over Kafka.
//!
//! ```no_run
//! use streamflow::stream_job;
//!
//! fn main() -> streamflow::Result<()> {
//!     streamflow::main(stream_job! {
//!         from kafka("user_access")
//!             | map(|line| { let (user, _page) = line.split_once(',')?; (user, 1u64) })
//!             | reduce_by_key(+) every 1s
//!             | print
//!     })
//! }
//! ```
//!
//! [`stream_job!`] compiles the block; [`main`] gives the binary its command line; [`Job`] runs,
//! explains and tests a job that is part of a larger program.

pub use streamflow_macros::{Key, stream_job};
pub use streamflow_runtime::config::{From, RunConfig, Until};
pub use streamflow_runtime::decode::{Decode, DecodeError};
pub use streamflow_runtime::encode::{Encode, EncodeError};
pub use streamflow_runtime::job::{Job, main};
pub use streamflow_runtime::shutdown::StopSignal;
pub use streamflow_runtime::topics::{NewRecord, Samples, TopicRecord, Topics};
pub use streamflow_runtime::{Code, Error, Headers, Record, Result};
pub use streamflow_runtime::{explain, plan, testing};

// The jobs in the README compile, and those that can run do.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// What generated code calls. Not for use by hand, and not stable.
#[doc(hidden)]
pub mod __private {
    pub use streamflow_runtime::private::*;
}
