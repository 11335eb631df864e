//! What the integration tests of streamflow share.
//!
//! - [`kafka`] starts a real broker and looks at what is on it,
//! - [`s3`] starts a real server that speaks S3,
//! - [`process`] runs the example jobs as processes of their own,
//! - [`printed`] reads the rows that a job has printed,
//! - [`random`] makes numbers that are the same in every run,
//! - [`arguments`] reads what the benchmarks are told, [`figures`] and [`machine`] say what they
//!   measured, and where,
//! - [`book`] holds the generated pages of the book against the tree.
//!
//! These are helpers of tests: what goes wrong in them is a panic that says what was expected, and
//! their deadlines only bound how long a hang may last.

pub mod arguments;
pub mod book;
pub mod figures;
#[cfg(feature = "kafka")]
mod java;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod machine;
pub mod printed;
pub mod process;
pub mod random;
#[cfg(feature = "kafka")]
pub mod s3;
#[cfg(feature = "kafka")]
mod waiting;
#[cfg(feature = "kafka")]
mod watched;
