//! Stages whose results depend on the order of a key's items: the items go to the worker that owns
//! the key, and the stage works on them in the next round.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use crate::private::states::{restored_since, restored_state};
use crate::state::{
    Age, At, Carried, CarriedBytes, CarriedText, CarriedValue, KeptKey, Lane, LeadingTo, Mailbox,
    Migrations, Owned, Sent, Stored, Use,
};
use crate::worker::{Outcome, Worker};

/// A round is called for when so many items wait.
const MANY: usize = 16_384;

/// A round is called for when an item has waited for so long.
const LONG: Duration = Duration::from_millis(2);

/// The way to the owners of keys.
pub fn lane<K: KeptKey, C: Carried>() -> Lane<K, C> {
    Lane::default()
}

/// The way to the one worker that has all keys.
pub fn lane_to_one<K: KeptKey, C: Carried>() -> Lane<K, C> {
    Lane::to_one()
}

/// State of values that are kept for each key by the worker that owns the key.
#[diagnostic::on_unimplemented(
    message = "a `{S}` cannot be kept as state",
    label = "this stage would keep a `{S}` after its batch is gone, and save it in checkpoints",
    note = "state is saved in checkpoints, and moves between threads: it derives `serde::Serialize` and `serde::Deserialize`, and is `Send`",
    note = "and it outlives the records: a text is kept with `.to_owned()`, a struct has `String` in place of `&str`; keys may stay borrowed"
)]
pub trait OwnedStateOf<S>: Sized {
    /// What a worker begins with: what the checkpoint holds for it.
    fn owned(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self>;

    /// The same where former versions are migrated.
    fn owned_since<M: Migrations>(
        worker: &mut Worker<'_>,
        stage: usize,
        migrations: &LeadingTo<M, S>,
    ) -> Outcome<Self>;

    /// Keeps only so many keys from here on.
    #[must_use]
    fn at_most(self, cap: u64) -> Self;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, S: Stored> OwnedStateOf<S> for Owned<K, S> {
    fn owned(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
        restored_state::<Self, Age>(worker, stage)
    }

    fn owned_since<M: Migrations>(
        worker: &mut Worker<'_>,
        stage: usize,
        migrations: &LeadingTo<M, S>,
    ) -> Outcome<Self> {
        restored_since::<Self, Age, S>(worker, stage, migrations)
    }

    fn at_most(mut self, cap: u64) -> Self {
        self.keep_at_most(cap);
        self
    }
}

/// An item or a value that is to outlive its record.
///
/// `(&&Carry::new(value)).carry()` finds out how: what a record has lent becomes a copy, and all else
/// has to be owned.
pub struct Carry<V>(Cell<Option<V>>);

impl<V> fmt::Debug for Carry<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carry").finish_non_exhaustive()
    }
}

impl<V> Carry<V> {
    /// Something to carry.
    #[inline]
    pub fn new(value: V) -> Self {
        Carry(Cell::new(Some(value)))
    }
}

/// Texts and bytes that a record has lent.
pub trait CarriesLent {
    /// The copy.
    type Carried: Carried;
    /// Makes it.
    fn carry(self) -> Self::Carried;
}

impl CarriesLent for &&Carry<&str> {
    type Carried = CarriedText;

    #[inline]
    fn carry(self) -> CarriedText {
        CarriedText::new(self.0.take().unwrap_or_default())
    }
}

impl CarriesLent for &&Carry<&[u8]> {
    type Carried = CarriedBytes;

    #[inline]
    fn carry(self) -> CarriedBytes {
        CarriedBytes::new(self.0.take().unwrap_or_default())
    }
}

/// All other values.
pub trait CarriesOwned<V> {
    /// The value.
    fn carry(self) -> CarriedValue<V>;
}

impl<V: Outlives> CarriesOwned<V> for &Carry<V> {
    #[inline]
    fn carry(self) -> CarriedValue<V> {
        CarriedValue(self.0.take())
    }
}

/// Values that outlive their record.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot wait for its turn: it is borrowed from the record",
    label = "items go to the worker that owns their key, behind this batch",
    note = "make it owned in front of this stage: a text in a tuple with `.to_owned()`; in a struct, write `String` for `&str`"
)]
pub trait Outlives: Send + 'static {}

#[diagnostic::do_not_recommend]
impl<V: Send + 'static> Outlives for V {}

/// Sends an item of the record at hand to the owner of its key.
#[inline]
pub fn send_item<K: KeptKey, C: Carried>(
    lane: &mut Lane<K, C>,
    worker: &mut Worker<'_>,
    keyed: (K, i64),
    item: C,
) {
    let at = worker.stands_at();
    send_from(at, lane, worker, keyed, item);
}

/// Sends an item of a round.
#[inline]
pub fn send_item_on<K: KeptKey, C: Carried>(
    lane: &mut Lane<K, C>,
    worker: &mut Worker<'_>,
    keyed: (K, i64),
    item: C,
) {
    let at = worker.arrives_at();
    send_from(at, lane, worker, keyed, item);
}

#[inline]
pub(super) fn send_from<K: KeptKey, C>(
    at: At,
    lane: &mut Lane<K, C>,
    worker: &Worker<'_>,
    (key, time_ms): (K, i64),
    item: C,
) {
    let sent = Sent {
        at,
        time_ms,
        key,
        item,
    };
    lane.send(worker.workers(), sent);
}

/// Calls for a round if enough items wait, at the end of a batch.
pub fn after_sending<K: KeptKey, C>(worker: &mut Worker<'_>, lane: &mut Lane<K, C>) {
    let (waiting, since) = lane.waiting();
    if waiting == 0 {
        return;
    }
    let is_long = || since.is_some_and(|since| since.elapsed() >= LONG);
    worker.has_sent(waiting >= MANY || is_long());
}

/// Brings the items of a round to the owners of their keys, each partition's in its order.
pub fn arrivals<K: KeptKey, C>(
    worker: &mut Worker<'_>,
    exchange: &Mailbox<Sent<K, C>>,
    lane: &mut Lane<K, C>,
) -> Outcome<Vec<Sent<K, C>>> {
    let run = worker.run();
    let mut arrived: Vec<Sent<K, C>> = if worker.workers() == 1 {
        lane.take().into_iter().flatten().collect()
    } else {
        for (owner, parcel) in lane.take().into_iter().enumerate() {
            exchange.post(run.number, owner, parcel);
        }
        worker.barrier()?;
        let parcels = exchange.collect(run.number, worker.index());
        parcels.into_iter().flatten().collect()
    };
    let ranks = run.places.ranks();
    // Stable: what stands at one place keeps its order.
    arrived.sort_by_key(|sent| {
        let partition = usize::try_from(sent.at.partition).unwrap_or(usize::MAX);
        let rank = ranks.get(partition).copied();
        let rank = rank.unwrap_or(sent.at.partition);
        (sent.at.offset, rank)
    });
    Ok(arrived)
}

/// Notes which item is worked on, for messages and for the lanes behind.
#[inline]
pub fn arrived<K, C>(worker: &mut Worker<'_>, sent: &Sent<K, C>) {
    worker.arrived(Some(sent.at));
}

/// All items of a lane have been worked on.
pub fn all_arrived(worker: &mut Worker<'_>) {
    worker.arrived(None);
}

/// What has been carried, as the stage gets it.
#[inline]
pub fn give<C: Carried>(carried: &mut C) -> Option<C::Given<'_>> {
    carried.give()
}

/// No value, of those that a lane carries.
pub fn nothing_of<'c, K, C: Carried + 'c>(_lane: &'c Lane<K, C>) -> Option<C::Given<'c>> {
    None
}

/// Tells the compiler that a key that is forgotten is of the type of a lane's keys: the function that is
/// told of it may stand in front of all else that says so.
#[inline]
pub fn key_of<K, C>(_lane: &Lane<K, C>, _key: &K) {}

/// `scan`: the state of the key after one more value.
#[inline]
pub fn scanned<K: KeptKey, S: Clone, V>(
    state: &mut Owned<K, S>,
    key: &K,
    value: V,
    used: Use,
    init: impl FnOnce() -> S,
    step: impl FnOnce(S, V) -> S,
) -> S {
    let slot = state.slot_unless_idle(key, used);
    let next = step(slot.take().unwrap_or_else(init), value);
    slot.insert(next).clone()
}

/// `dedup`: whether the key has not been seen.
#[inline]
pub fn is_first<K: KeptKey>(state: &mut Owned<K, ()>, key: &K, used: Use) -> bool {
    let slot = state.slot_unless_idle(key, used);
    slot.replace(()).is_none()
}

/// `lag`: the value with the one that came so many in front of it.
#[inline]
pub fn lagged<K: KeptKey, V: Clone>(
    state: &mut Owned<K, VecDeque<V>>,
    key: &K,
    value: V,
    used: Use,
    by: usize,
) -> (V, Option<V>) {
    let slot = state.slot_unless_idle(key, used);
    let recent = slot.get_or_insert_default();
    recent.push_back(value.clone());
    let before = (recent.len() > by.max(1)).then(|| recent.pop_front());
    (value, before.flatten())
}

/// `map_with_state`: the state of a key. One that is idle, and has not been forgotten yet, goes on.
#[inline]
pub fn state_of<'s, K: KeptKey, S>(
    state: &'s mut Owned<K, S>,
    key: &K,
    used: Use,
) -> &'s mut Option<S> {
    state.slot(key, used.now_ms)
}

/// What the function of `map_with_state` gives.
#[inline]
pub fn with_state<Q, V, S, R>(
    key: Q,
    value: Option<V>,
    slot: &mut Option<S>,
    init: impl FnOnce() -> S,
    function: impl FnOnce(Q, Option<V>, &mut S) -> R,
) -> R {
    function(key, value, slot.get_or_insert_with(init))
}
