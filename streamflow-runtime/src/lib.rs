//! The runtime of streamflow: it drives the loops that `stream_job!` compiles.
//!
//! The way of a record: `source` → `batch` → the job's own loop (`worker`) → `state` → a `round`
//! → `sink` → `checkpoint` → commit.

pub mod batch;
pub mod checkpoint;
pub mod cli;
pub mod config;
pub mod connection;
pub mod decode;
pub mod encode;
pub mod error;
pub mod explain;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod plan;
pub mod record;
pub mod round;
pub mod shutdown;
pub mod sink;
pub mod source;
pub mod time;
pub mod topics;

pub use error::{Code, Error, Result};
pub use record::{Headers, Record};
