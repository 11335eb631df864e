//! Tells the command `lock` how state is laid out.
//!
//! The layouts of types that derive `streamflow::State` are known to the compiler, and only those
//! can be locked. Which ones they are is found by method look-up, where all types are settled: at
//! the end of the worker's body.

use crate::state::{KnownLayout, Restored};
use crate::worker::Worker;

/// State to be looked at.
#[derive(Debug)]
pub struct Looked<'s, S>(pub &'s S);

/// Tells what a stage keeps under a name: the layout to lock, or the one that checkpoints have.
pub fn describe_lock<S: Restored>(
    worker: &mut Worker<'_>,
    stage: usize,
    _state: &S,
    to_lock: Option<String>,
) {
    worker.describe_lock(stage, to_lock.ok_or_else(S::layout));
}

/// State of types that can be locked.
pub trait LocksLayout {
    /// The layout to lock.
    fn lock_layout(self) -> Option<String>;
}

impl<S: KnownLayout> LocksLayout for &&Looked<'_, S> {
    fn lock_layout(self) -> Option<String> {
        let mut text = String::new();
        S::layout(&mut text);
        Some(text)
    }
}

/// All other state.
pub trait LocksNothing {
    /// Nothing.
    fn lock_layout(self) -> Option<String>;
}

impl<S> LocksNothing for &Looked<'_, S> {
    fn lock_layout(self) -> Option<String> {
        None
    }
}
