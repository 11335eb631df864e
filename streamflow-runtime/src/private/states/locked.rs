//! Tells the command `lock` how state is laid out.
//!
//! The layouts of types that derive `streamflow::State` are known to the compiler, and only those
//! can be locked. Which ones they are is found by method look-up, where all types are settled: at
//! the end of the worker's body.

use super::Looked;
use crate::state::{Layout, Saved};
use crate::worker::Worker;

/// Tells what a stage keeps under a name.
pub fn describe_lock(worker: &mut Worker<'_>, stage: usize, layout: Result<String, String>) {
    worker.describe_lock(stage, layout);
}

/// State of types that can be locked.
pub trait LocksLayout {
    /// The layout to lock.
    fn lock_layout(self) -> Result<String, String>;
}

impl<S: Layout> LocksLayout for &&Looked<'_, S> {
    fn lock_layout(self) -> Result<String, String> {
        let mut text = String::new();
        S::layout(&mut text);
        Ok(text)
    }
}

/// All other state.
pub trait LocksNothing {
    /// The layout that checkpoints have, for the message.
    fn lock_layout(self) -> Result<String, String>;
}

impl<S: Saved> LocksNothing for &Looked<'_, S> {
    fn lock_layout(self) -> Result<String, String> {
        Err(S::layout())
    }
}
