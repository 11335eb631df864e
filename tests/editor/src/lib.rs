//! Drives a real rust-analyzer, to see what it knows inside of a job.
//!
//! - [`server`] finds a rust-analyzer that works, or says why there is none,
//! - [`client`] speaks its protocol, with a deadline for every answer,
//! - [`project`] is the project that it is shown: one file with one job in it,
//! - [`questions`] are what an editor asks at the cursor.
//!
//! These are helpers of tests: what goes wrong in them is a panic that says what was expected.

pub mod client;
pub mod project;
pub mod questions;
pub mod server;
