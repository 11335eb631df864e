//! Makes checkpoints durable beside the loop: the workers wait while their state becomes bytes, and
//! not for the disk.
//!
//! A checkpoint is handed over when its results are out. One is under way at a time; the next round
//! that would save comes when it is done. What goes wrong ends the run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::Run;
use super::settle::Collected;
use crate::error::{Code, Error};

/// The checkpoint that is under way, and the thread that writes it.
#[derive(Debug, Default)]
pub(crate) struct Saving {
    state: Mutex<State>,
    changed: Condvar,
    is_busy: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    next: Option<Collected>,
    is_closed: bool,
    /// Whether it has been said that checkpoints take longer than the time between them.
    has_warned: bool,
}

impl Saving {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A state that a panic left behind is whole: it is changed by single assignments.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'g>(&self, state: MutexGuard<'g, State>) -> MutexGuard<'g, State> {
        let waited = self.changed.wait(state);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a checkpoint is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.is_busy.load(Ordering::Acquire)
    }

    /// Begins a checkpoint. None may be under way.
    pub(super) fn begin(&self, collected: Collected) {
        self.is_busy.store(true, Ordering::Release);
        self.lock().next = Some(collected);
        self.changed.notify_all();
    }

    /// Waits until no checkpoint is under way.
    pub(super) fn finish(&self) {
        let mut state = self.lock();
        while self.is_busy() {
            state = self.wait(state);
        }
    }

    /// Lets the thread end, when it has written what it has.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// Writes checkpoints until [`close`](Self::close).
    pub(crate) fn work(&self, run: &Run) {
        let mut state = self.lock();
        loop {
            let Some(collected) = state.next.take() else {
                if state.is_closed {
                    return;
                }
                state = self.wait(state);
                continue;
            };
            drop(state);
            let begun = Instant::now();
            save(run, collected);
            let is_slow = begun.elapsed() > run.config.checkpoint_every;
            state = self.lock();
            if is_slow && !state.has_warned {
                state.has_warned = true;
                tracing::warn!(
                    "a checkpoint takes {:.1} s, longer than the time between two of them \
                     (`--checkpoint-every`): they are taken as fast as they can be written",
                    begun.elapsed().as_secs_f64()
                );
            }
            self.is_busy.store(false, Ordering::Release);
            self.changed.notify_all();
        }
    }
}

/// Writes a checkpoint, or ends the run.
fn save(run: &Run, collected: Collected) {
    let saved = catch_unwind(AssertUnwindSafe(|| run.save(collected, false)));
    let saved = saved.unwrap_or_else(|_| {
        Err(Error::new(
            Code::Bug,
            "the thread that writes checkpoints panicked",
        ))
    });
    if let Err(error) = saved {
        run.abort(error);
    }
}
