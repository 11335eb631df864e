//! Brings the workers' partial results together when a trigger fires.

use super::add::{combine, combine_one, combine_one_with, combine_with, overflow_of};
use crate::failure::Failure;
use crate::state::{Held, KeptKey, Keyed, Mailbox, Overflow, Single, Soon};
use crate::worker::{Outcome, Worker};

/// Brings equal keys together on one worker, and merges their values.
pub fn merge<K: KeptKey, V: Send>(
    worker: &mut Worker<'_>,
    stage: usize,
    exchange: &Mailbox<(K, V)>,
    entries: &mut Keyed<K, V>,
    mut sign: impl FnMut(&mut V, V) -> Result<(), Overflow>,
) -> Outcome {
    for (key, value) in shuffled(worker, exchange, entries)? {
        let place = Soon::Now(entries.place(key.lend()));
        if let Err(overflow) = combine(place, value, &mut sign) {
            let overflow = overflow_of(&key, overflow);
            worker.fail_merge(stage, Failure::refused(overflow))?;
        }
    }
    Ok(())
}

/// The same for values that a closure combines.
pub fn merge_with<K: KeptKey, V: Send>(
    worker: &mut Worker<'_>,
    exchange: &Mailbox<(K, Held<V>)>,
    entries: &mut Keyed<K, Held<V>>,
    mut function: impl FnMut(V, V) -> V,
) -> Outcome {
    for (key, value) in shuffled(worker, exchange, entries)? {
        if let Some(value) = value.into_inner() {
            combine_with(entries.place(key.lend()), value, &mut function);
        }
    }
    Ok(())
}

/// Sends every entry to the worker that owns its key; gives what came for this one.
fn shuffled<K: KeptKey, V>(
    worker: &Worker<'_>,
    exchange: &Mailbox<(K, V)>,
    state: &mut Keyed<K, V>,
) -> Outcome<Vec<(K, V)>> {
    let workers = worker.workers();
    if workers == 1 {
        return Ok(state.take_restored());
    }
    let mut parcels: Vec<Vec<(K, V)>> = (0..workers).map(|_| Vec::new()).collect();
    for (owner, entry) in state.take_foreign(worker.index(), workers) {
        if let Some(parcel) = parcels.get_mut(owner) {
            parcel.push(entry);
        }
    }
    for (owner, parcel) in parcels.into_iter().enumerate() {
        exchange.post(worker.run().number, owner, parcel);
    }
    received(worker, exchange)
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
) -> Outcome<Vec<V>> {
    exchange.post(worker.run().number, 0, state.take_all().collect());
    received(worker, exchange)
}

/// What was left for this worker, once every worker has left what it had.
fn received<T>(worker: &Worker<'_>, exchange: &Mailbox<T>) -> Outcome<Vec<T>> {
    worker.barrier()?;
    Ok(exchange
        .collect(worker.run().number, worker.index())
        .into_iter()
        .flatten()
        .collect())
}
