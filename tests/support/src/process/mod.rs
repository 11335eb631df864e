//! Runs example jobs as processes of their own.

mod example;
mod job;

pub use example::{example, example_command};
pub use job::{Ended, Job};
