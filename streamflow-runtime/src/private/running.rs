//! Aggregates that go on: `reduce_by_key(+) running`. They work as all stages do that take a key's items
//! in their order.

use crate::private::states::overflow_of;
use crate::state::{
    Accumulate, CarriedValue, Gone, KeptKey, Lane, Mean, Overflow, Owned, Single, Slot, Use,
};

/// What is kept of the key at hand.
#[inline]
pub fn running<'s, K: KeptKey, S>(
    state: &'s mut Owned<K, S>,
    key: &K,
    used: Use,
) -> Slot<'s, K, S> {
    state.running(key, used)
}

/// Combines a value with that of its key.
#[inline]
pub fn run_on<K: KeptKey, V>(
    slot: &mut Slot<'_, K, V>,
    value: V,
    combine: impl FnOnce(&mut V, V) -> Result<(), Overflow>,
) -> Result<(), Overflow> {
    match slot.state() {
        Some(known) => combine(known, value),
        empty => {
            *empty = Some(value);
            Ok(())
        }
    }
}

/// Says of which key the values did not fit.
#[inline]
pub fn of_key<K: KeptKey>(key: &K, combined: Result<(), Overflow>) -> Result<(), Overflow> {
    combined.map_err(|overflow| overflow_of(key, overflow))
}

/// Combines a value with that of its key, by a closure.
#[inline]
pub fn run_on_with<K: KeptKey, V>(
    slot: &mut Slot<'_, K, V>,
    value: V,
    combine: impl FnOnce(V, V) -> V,
) {
    let state = slot.state();
    *state = Some(match state.take() {
        Some(known) => combine(known, value),
        None => value,
    });
}

/// Counts an item.
#[inline]
pub fn run_count<K: KeptKey>(slot: &mut Slot<'_, K, u64>) {
    let count = slot.state().get_or_insert(0);
    // A count of 2^64 is out of reach of any input.
    *count = count.wrapping_add(1);
}

/// Takes a number into the mean.
#[inline]
pub fn run_mean<K: KeptKey>(slot: &mut Slot<'_, K, Mean>, number: f64) {
    let mean = Mean::of(number);
    match slot.state() {
        Some(known) => known.add(mean),
        empty => *empty = Some(mean),
    }
}

/// Adds a value to what is kept for its key.
#[inline]
pub fn run_fold<K: KeptKey, A, V>(
    slot: &mut Slot<'_, K, A>,
    value: V,
    init: impl FnOnce() -> A,
    add: impl FnOnce(A, V) -> A,
) {
    let state = slot.state();
    let sum = state.take().unwrap_or_else(init);
    *state = Some(add(sum, value));
}

/// Whether the key is new.
#[inline]
pub fn run_first<K: KeptKey>(slot: &mut Slot<'_, K, ()>) -> bool {
    slot.state().replace(()).is_none()
}

/// The result of the key at hand.
#[inline]
pub fn so_far<'s, K: KeptKey, S>(slot: &'s Slot<'_, K, S>) -> Option<&'s S> {
    slot.known()
}

/// Notes that the key at hand has another result now, which leaves when the interval ends.
#[inline]
pub fn leaves_later<K: KeptKey, S>(slot: Slot<'_, K, S>, key: &K) {
    slot.has_changed(key);
}

/// The results that have changed in the interval.
pub fn updates<K: KeptKey, S>(state: &mut Owned<K, S>, again: impl Fn(&S) -> S) -> Vec<(K, S)> {
    state.take_changed(again)
}

/// The result of a key that is kept no longer, if it was still to leave.
pub fn last_of<K, S>(gone: Gone<K, S>) -> Option<(K, S)> {
    gone.result()
}

/// A result that leaves again and again.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot leave this stage with each item, as it cannot be copied",
    label = "what is `running` gives a result, and goes on with it",
    note = "derive `Clone` for `{Self}`, or take the result of each interval: `every 1s` instead of `running`"
)]
pub trait Repeats {
    /// The same once more.
    #[must_use]
    fn again(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<S: Clone> Repeats for S {
    #[inline]
    fn again(&self) -> S {
        self.clone()
    }
}

/// Looks at the function that would bring two workers' results together: one worker has all items of a
/// key, so there is never anything to bring together.
pub fn never_merged<K, A>(_state: &Owned<K, A>, _merge: impl Fn(A, A) -> A) {}

/// Stands for a state of one aggregate's values alone, to be looked at: see `Outliving`.
pub fn part_on_its_way<K, A, P: Accumulate>(
    _: &Lane<K, CarriedValue<A>>,
    _: fn(&A) -> &P,
) -> Single<P::Result> {
    Single::default()
}
