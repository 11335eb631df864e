//! Runs example jobs as processes of their own.

mod example;
mod job;
mod timed;

pub use example::{built_example, example, example_command, target_directory, without_settings};
pub use job::{Ended, Job};
pub use timed::Timed;
