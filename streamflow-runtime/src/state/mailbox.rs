//! Where workers leave entries for each other at a trigger.

use std::sync::{Mutex, PoisonError};

/// Entries on their way from one worker to another. Written before a barrier, read behind it.
#[derive(Debug)]
pub struct Mailbox<T> {
    parcels: Mutex<Vec<Parcel<T>>>,
}

#[derive(Debug)]
struct Parcel<T> {
    /// The run that it belongs to: one that was aborted leaves parcels behind, and its job may be
    /// run again.
    run: u64,
    to: usize,
    entries: Vec<T>,
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Mailbox {
            parcels: Mutex::new(Vec::new()),
        }
    }
}

impl<T> Mailbox<T> {
    /// Leaves entries for a worker of a run.
    pub(crate) fn post(&self, run: u64, to: usize, entries: Vec<T>) {
        if !entries.is_empty() {
            self.lock().push(Parcel { run, to, entries });
        }
    }

    /// Takes what was left for a worker of a run; throws away what earlier runs have left.
    pub(crate) fn collect(&self, run: u64, worker: usize) -> Vec<Vec<T>> {
        self.lock()
            .extract_if(.., |parcel| parcel.to == worker || parcel.run < run)
            .filter(|parcel| parcel.run == run)
            .map(|parcel| parcel.entries)
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Parcel<T>>> {
        // A worker that panicked ends the run; nobody reads half a parcel, as parcels are whole.
        self.parcels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
