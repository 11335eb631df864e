//! Commits offsets beside the loop, on a thread of its own: a commit takes the coordinator some
//! milliseconds, in which records need not wait.
//!
//! What is committed is saved already, and its results are out. Of several commits that wait, the
//! last one covers the others. A failure is told with the next commit, or before it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;

use super::Client;
use crate::connection::Patience;
use crate::error::{Code, Error, Result};
use crate::source::PartitionName;

/// One commit.
#[derive(Debug)]
struct Commit {
    next_offsets: Vec<(PartitionName, i64)>,
    open_state: Option<u64>,
}

/// Hands commits to the thread.
#[derive(Debug, Default)]
pub(super) struct Committer(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    has_failed: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    has_begun: bool,
    is_closed: bool,
    is_busy: bool,
    next: Option<Commit>,
    failed: Option<Error>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'g>(&self, state: MutexGuard<'g, State>) -> MutexGuard<'g, State> {
        let waited = self.changed.wait(state);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails if a commit has failed in a way that does not pass.
    fn check(&self, state: &mut State) -> Result<()> {
        self.has_failed.store(false, Ordering::Release);
        state.failed.take().map_or(Ok(()), Err)
    }
}

impl Committer {
    /// Commits soon.
    pub(super) fn commit(
        &self,
        client: &Arc<Client>,
        next_offsets: &[(PartitionName, i64)],
        open_state: Option<u64>,
    ) -> Result<()> {
        let mut state = self.0.lock();
        self.0.check(&mut state)?;
        state.next = Some(Commit {
            next_offsets: next_offsets.to_vec(),
            open_state,
        });
        if !state.has_begun {
            let (shared, client) = (Arc::clone(&self.0), Arc::downgrade(client));
            thread::Builder::new()
                .name("streamflow-commit".to_owned())
                .spawn(move || work(&shared, &client))
                .map_err(|cause| {
                    Error::new(Code::Bug, "cannot start a thread to commit on").caused_by(cause)
                })?;
            state.has_begun = true;
        }
        drop(state);
        self.0.changed.notify_all();
        Ok(())
    }

    /// Waits for the commit under way; one that has not begun is left out, as another one follows.
    pub(super) fn finish(&self) -> Result<()> {
        let mut state = self.0.lock();
        state.next = None;
        while state.is_busy {
            state = self.0.wait(state);
        }
        self.0.check(&mut state)
    }

    /// Fails if a commit has failed since somebody asked.
    pub(super) fn check(&self) -> Result<()> {
        if !self.0.has_failed.load(Ordering::Acquire) {
            return Ok(());
        }
        self.0.check(&mut self.0.lock())
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.0.lock().is_closed = true;
        self.0.changed.notify_all();
    }
}

fn work(shared: &Shared, client: &Weak<Client>) {
    let mut state = shared.lock();
    loop {
        if state.is_closed {
            return;
        }
        let Some(commit) = state.next.take() else {
            state = shared.wait(state);
            continue;
        };
        // A client that is gone has been closed, and nobody waits.
        let Some(client) = client.upgrade() else {
            return;
        };
        state.is_busy = true;
        drop(state);
        let Commit {
            next_offsets,
            open_state,
        } = commit;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            client.commit_now(&next_offsets, open_state, Patience::LeaveToNext)
        }));
        drop(client);
        let outcome = outcome.unwrap_or_else(|_| {
            Err(Error::new(
                Code::Bug,
                "the thread that commits offsets panicked",
            ))
        });
        state = shared.lock();
        state.is_busy = false;
        if let Err(error) = outcome {
            state.failed.get_or_insert(error);
            shared.has_failed.store(true, Ordering::Release);
        }
        shared.changed.notify_all();
    }
}
