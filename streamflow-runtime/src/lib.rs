//! The runtime of streamflow: it drives the loops that `stream_job!` compiles.
//!
//! The way of a record: `source` → `batch` → the job's own loop (`worker`) → `state` → a `round`
//! → `sink` → `checkpoint` → commit.

// Linked for its `malloc`: the C code of librdkafka then allocates through it too, which halves
// what a record costs on that way.
#[cfg(feature = "mimalloc")]
extern crate libmimalloc_sys as _;

mod asking;
pub mod batch;
pub mod checkpoint;
pub mod cli;
pub mod config;
pub mod connection;
pub mod custom;
pub mod decode;
mod driver;
pub mod encode;
pub mod error;
pub mod explain;
mod failure;
pub mod history;
pub mod job;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod lock;
mod names;
pub mod ops;
mod panics;
pub mod plan;
#[doc(hidden)]
pub mod private;
pub mod process;
pub mod record;
pub mod round;
mod run;
pub mod shutdown;
pub mod sink;
pub mod source;
pub mod state;
pub mod testing;
pub mod time;
pub mod topics;
mod worker;

pub use error::{Code, Error, Result};
pub use record::{Headers, Record};
