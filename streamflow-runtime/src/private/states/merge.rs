//! Brings the workers' partial results together when a trigger fires.

use std::convert::Infallible;
use std::iter::Flatten;
use std::vec::IntoIter;

use super::add::{combine_one, combine_one_with, overflow_of};
use crate::failure::Failure;
use crate::state::{Held, KeptKey, Keyed, Mailbox, Moved, Overflow, Single, Unsettled};
use crate::worker::{Outcome, Worker};

/// How many entries go to another worker in one piece: the memory of each is free again as soon as
/// its entries are merged, and none grows so large that it is copied to a new place.
const PARCEL: usize = 1 << 14;

/// Brings equal keys together on one worker, and merges their values.
pub fn merge<K: KeptKey, V: Send>(
    worker: &mut Worker<'_>,
    stage: usize,
    exchange: &Mailbox<Moved<K, V>>,
    entries: &mut Keyed<K, V>,
    mut sign: impl FnMut(&mut V, V) -> Result<(), Overflow>,
) -> Outcome {
    merged(worker, exchange, entries, &mut sign)?.or_else(|Unsettled { key, cause, .. }| {
        worker.fail_merge(stage, Failure::refused(overflow_of(&key, cause)))
    })
}

/// The same for values that a closure combines.
pub fn merge_with<K: KeptKey, V: Send>(
    worker: &mut Worker<'_>,
    exchange: &Mailbox<Moved<K, Held<V>>>,
    entries: &mut Keyed<K, Held<V>>,
    mut function: impl FnMut(V, V) -> V,
) -> Outcome {
    let combined = merged(worker, exchange, entries, |known: &mut Held<V>, other| {
        if let Some(other) = other.into_inner() {
            known.replace(|before| function(before, other));
        }
        Ok::<(), Infallible>(())
    })?;
    combined.map_err(|Unsettled { cause, .. }| match cause {})
}

/// Adds to a table what the others have of this worker's keys.
pub(super) fn merged<K: KeptKey, V, E>(
    worker: &Worker<'_>,
    exchange: &Mailbox<Moved<K, V>>,
    entries: &mut Keyed<K, V>,
    mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
) -> Outcome<Result<(), Unsettled<K, E>>> {
    for moved in shuffled(worker, exchange, entries)? {
        if let Err(unsettled) = entries.merge(moved, &mut combine) {
            return Ok(Err(unsettled));
        }
    }
    Ok(entries.settle(combine))
}

/// Sends every entry to the worker that owns its key; gives what came for this one.
fn shuffled<K: KeptKey, V>(
    worker: &Worker<'_>,
    exchange: &Mailbox<Moved<K, V>>,
    state: &mut Keyed<K, V>,
) -> Outcome<impl Iterator<Item = Moved<K, V>> + use<K, V>> {
    let workers = worker.workers();
    if workers == 1 {
        return Ok(vec![state.take_restored()].into_iter().flatten());
    }
    let mut parcels = Parcels::new(worker, exchange);
    for (owner, entry) in state.take_foreign(worker.index(), workers) {
        parcels.send(owner, entry);
    }
    parcels.received(worker)
}

/// What one worker sends to the others, in pieces.
pub(in crate::private) struct Parcels<'e, T> {
    run: u64,
    exchange: &'e Mailbox<T>,
    by_owner: Vec<Vec<T>>,
}

impl<'e, T> Parcels<'e, T> {
    pub(in crate::private) fn new(worker: &Worker<'_>, exchange: &'e Mailbox<T>) -> Self {
        Parcels {
            run: worker.run().number,
            exchange,
            by_owner: (0..worker.workers()).map(|_| Vec::new()).collect(),
        }
    }

    pub(in crate::private) fn send(&mut self, owner: usize, entry: T) {
        if let Some(parcel) = self.by_owner.get_mut(owner) {
            parcel.push(entry);
            if parcel.len() == PARCEL {
                self.exchange.post(self.run, owner, std::mem::take(parcel));
            }
        }
    }

    /// What the others have sent, once every worker has come this far.
    pub(in crate::private) fn received(
        self,
        worker: &Worker<'_>,
    ) -> Outcome<Flatten<IntoIter<Vec<T>>>> {
        for (owner, parcel) in self.by_owner.into_iter().enumerate() {
            self.exchange.post(self.run, owner, parcel);
        }
        received(worker, self.exchange)
    }
}

/// Brings the workers' values together on the first one.
pub fn gather<V: Send>(
    worker: &mut Worker<'_>,
    stage: usize,
    exchange: &Mailbox<V>,
    single: &mut Single<V>,
    mut sign: impl FnMut(&mut V, V) -> Result<(), Overflow>,
) -> Outcome {
    for value in gathered(worker, exchange, single)? {
        if let Err(overflow) = combine_one(single, value, &mut sign) {
            worker.fail_merge(stage, Failure::refused(overflow))?;
        }
    }
    Ok(())
}

/// The same for values that a closure combines.
pub fn gather_with<V: Send>(
    worker: &mut Worker<'_>,
    exchange: &Mailbox<Held<V>>,
    single: &mut Single<Held<V>>,
    mut function: impl FnMut(V, V) -> V,
) -> Outcome {
    for value in gathered(worker, exchange, single)? {
        if let Some(value) = value.into_inner() {
            combine_one_with(single, value, &mut function);
        }
    }
    Ok(())
}

fn gathered<V>(
    worker: &Worker<'_>,
    exchange: &Mailbox<V>,
    state: &mut Single<V>,
) -> Outcome<Flatten<IntoIter<Vec<V>>>> {
    exchange.post(worker.run().number, 0, state.take_all().collect());
    received(worker, exchange)
}

/// What was left for this worker, once every worker has left what it had.
fn received<T>(worker: &Worker<'_>, exchange: &Mailbox<T>) -> Outcome<Flatten<IntoIter<Vec<T>>>> {
    worker.barrier()?;
    let parcels = exchange.collect(worker.run().number, worker.index());
    Ok(parcels.into_iter().flatten())
}
