//! Brings the items of two streams together: what both have for a key is gathered until the interval
//! ends, and then meets.

use std::convert::Infallible;
use std::iter::{self, FusedIterator};
use std::marker::PhantomData;
use std::vec::IntoIter;

use super::make::restored_as_it_is;
use super::merge::merged;
use crate::round::Round;
use crate::state::{
    BothSides, EventSides, IntervalJoin, KeptKey, Mailbox, Moved, MovingSides, Place, RecordPlace,
    SessionSides, Sides, Stored, Unsettled, sides,
};
use crate::worker::{Outcome, Worker};

/// What a worker begins a join with that keeps the values of both sides.
#[diagnostic::on_unimplemented(
    message = "the values of one of the two streams cannot be kept as state",
    label = "this stage would keep them after their batches are gone, and save them in checkpoints",
    note = "state is saved in checkpoints, and moves between threads: it derives `serde::Serialize` and `serde::Deserialize`, and is `Send`",
    note = "and it outlives the records: a text is kept with `.to_owned()`, a struct has `String` in place of `&str`; keys may stay borrowed"
)]
pub trait BothSidesOf<L, R>: Sized {
    /// What the checkpoint holds for it.
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self>;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, L: Stored, R: Stored> BothSidesOf<L, R> for BothSides<K, L, R> {
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
        restored_as_it_is(worker, stage)
    }
}

/// The same where only the left side has values.
#[diagnostic::on_unimplemented(
    message = "a `{L}` cannot be kept as state",
    label = "this stage would keep a `{L}` after its batch is gone, and save it in checkpoints",
    note = "state is saved in checkpoints, and moves between threads: it derives `serde::Serialize` and `serde::Deserialize`, and is `Send`",
    note = "and it outlives the records: a text is kept with `.to_owned()`, a struct has `String` in place of `&str`; keys may stay borrowed"
)]
pub trait LeftSideOf<L>: Sized {
    /// What the checkpoint holds for it.
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self>;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, L: Stored> LeftSideOf<L> for BothSides<K, L, ()> {
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
        restored_as_it_is(worker, stage)
    }
}

/// The place of the record at hand.
#[inline]
pub fn record_place(worker: &Worker<'_>) -> RecordPlace {
    worker.record_place()
}

/// That of a result which leaves a stage in a round.
pub fn result_place(round: &Round) -> RecordPlace {
    RecordPlace::of_interval(round.time_ms)
}

/// That of one which has a time of its own.
pub fn timed_place(time_ms: i64) -> RecordPlace {
    RecordPlace::of_time(time_ms)
}

/// What two streams have for a key that may be new.
#[inline]
pub fn sides_of<K, L, R>(place: Place<'_, K, Sides<L, R>>) -> &mut Sides<L, R> {
    sides(place)
}

/// Adds a value of the left side to those of its key.
#[inline]
pub fn add_left<L, R>(sides: &mut Sides<L, R>, at: RecordPlace, value: L) {
    sides.add_left(at, value);
}

/// Adds a value of the right side to those of its key.
#[inline]
pub fn add_right<L, R>(sides: &mut Sides<L, R>, at: RecordPlace, value: R) {
    sides.add_right(at, value);
}

/// Notes that the right side has a key, where its values are not asked for.
#[inline]
pub fn note_right<L>(sides: &mut Sides<L, ()>, at: RecordPlace) {
    if !sides.has_right() {
        sides.add_right(at, ());
    }
}

/// Brings equal keys together on one worker.
pub fn merge_sides<K: KeptKey, L, R>(
    worker: &Worker<'_>,
    exchange: &Mailbox<Moved<K, Sides<L, R>>>,
    state: &mut BothSides<K, L, R>,
) -> Outcome {
    let merged = merged(worker, exchange, &mut state.table, |known, other| {
        known.append(other);
        Ok::<(), Infallible>(())
    })?;
    merged.map_err(|Unsettled { cause, .. }| match cause {})
}

/// Takes out what the interval has brought.
pub fn drain_sides<K: KeptKey, L, R>(
    state: &mut BothSides<K, L, R>,
) -> impl Iterator<Item = (K, Sides<L, R>)> + '_ {
    state.table.drain()
}

/// What two streams have for a key, where each value may meet several others.
#[diagnostic::on_unimplemented(
    message = "a pair leaves this stage for every two values that meet, and one of `{L}` and `{R}` \
               cannot be copied",
    label = "a value that meets several others is in as many pairs",
    note = "derive `Clone` for it, or take `cogroup(…)`, which gives each value once"
)]
pub trait Meeting<L, R>: Sized {
    /// `join`: every two values that meet.
    fn joined(self) -> impl Iterator<Item = (L, R)>;

    /// `left_join`: the same, and the values of the left side that meet nothing.
    fn left_joined(self) -> impl Iterator<Item = (L, Option<R>)>;

    /// `right_join`: the same for the right side.
    fn right_joined(self) -> impl Iterator<Item = (Option<L>, R)>;

    /// `full_join`: the same for both.
    fn full_joined(self) -> impl Iterator<Item = (Option<L>, Option<R>)>;
}

#[diagnostic::do_not_recommend]
impl<L: Clone, R: Clone> Meeting<L, R> for Sides<L, R> {
    fn joined(self) -> impl Iterator<Item = (L, R)> {
        let (lefts, rights) = self.into_values();
        Pairs::of(lefts, rights)
    }

    fn left_joined(self) -> impl Iterator<Item = (L, Option<R>)> {
        let (lefts, rights) = self.into_values();
        let (lefts, lonely) = apart(lefts, &rights);
        let pairs = Pairs::of(lefts, rights).map(|(left, right)| (left, Some(right)));
        pairs.chain(lonely.into_iter().map(|left| (left, None)))
    }

    fn right_joined(self) -> impl Iterator<Item = (Option<L>, R)> {
        let (lefts, rights) = self.into_values();
        let (rights, lonely) = apart(rights, &lefts);
        let pairs = Pairs::of(lefts, rights).map(|(left, right)| (Some(left), right));
        pairs.chain(lonely.into_iter().map(|right| (None, right)))
    }

    fn full_joined(self) -> impl Iterator<Item = (Option<L>, Option<R>)> {
        let (lefts, rights) = self.into_values();
        let (lefts, lonely_lefts) = apart(lefts, &rights);
        // Where no left value meets anything, none of the right ones does.
        let (rights, lonely_rights) = apart(rights, &lefts);
        let pairs = Pairs::of(lefts, rights).map(|(left, right)| (Some(left), Some(right)));
        let lonely_lefts = lonely_lefts.into_iter().map(|left| (Some(left), None));
        let lonely_rights = lonely_rights.into_iter().map(|right| (None, Some(right)));
        pairs.chain(lonely_lefts).chain(lonely_rights)
    }
}

/// `semi_join`: the values of the left side that meet something.
pub fn semi_joined<L>(sides: Sides<L, ()>) -> impl Iterator<Item = L> {
    let (lefts, rights) = sides.into_values();
    apart(lefts, &rights).0.into_iter()
}

/// `anti_join`: those that meet nothing.
pub fn anti_joined<L>(sides: Sides<L, ()>) -> impl Iterator<Item = L> {
    let (lefts, rights) = sides.into_values();
    apart(lefts, &rights).1.into_iter()
}

/// `cogroup`: all values of both sides.
pub fn cogrouped<L, R>(sides: Sides<L, R>) -> impl Iterator<Item = (Vec<L>, Vec<R>)> {
    iter::once(sides.into_values())
}

/// The values that meet something, and those that do not: all are of one kind.
fn apart<V, W>(values: Vec<V>, others: &[W]) -> (Vec<V>, Vec<V>) {
    if others.is_empty() {
        (Vec::new(), values)
    } else {
        (values, Vec::new())
    }
}

/// Every left value with every right one. What is not wanted again is handed on, and not copied.
struct Pairs<L, R> {
    lefts: IntoIter<L>,
    rights: Vec<R>,
    /// The left value at hand.
    left: Option<L>,
    /// Those that it still meets.
    next: IntoIter<R>,
}

impl<L, R> Pairs<L, R> {
    fn of(lefts: Vec<L>, rights: Vec<R>) -> Self {
        Pairs {
            lefts: lefts.into_iter(),
            rights,
            left: None,
            next: Vec::new().into_iter(),
        }
    }
}

impl<L: Clone, R: Clone> Iterator for Pairs<L, R> {
    type Item = (L, R);

    fn next(&mut self) -> Option<(L, R)> {
        if self.next.len() == 0 {
            self.left = self.lefts.next();
            let is_last = self.lefts.len() == 0;
            let rights = if is_last {
                std::mem::take(&mut self.rights)
            } else {
                self.rights.clone()
            };
            self.next = rights.into_iter();
        }
        let right = self.next.next()?;
        let left = if self.next.len() == 0 {
            self.left.take()
        } else {
            self.left.clone()
        };
        Some((left?, right))
    }
}

impl<L: Clone, R: Clone> FusedIterator for Pairs<L, R> {}

/// State that has the values of two sides.
pub trait OfBothSides {
    /// Those of the left side.
    type Left;
    /// Those of the right side.
    type Right;
}

macro_rules! of_both_sides {
    ($($state:ident),*) => {$(
        impl<K, L, R> OfBothSides for $state<K, L, R> {
            type Left = L;
            type Right = R;
        }
    )*};
}

of_both_sides! { BothSides, MovingSides, EventSides, SessionSides, IntervalJoin }

/// The values of the left side, to be looked at.
pub fn left_values<S: OfBothSides>(_state: &S) -> Values<S::Left> {
    Values::new()
}

/// Those of the right side.
pub fn right_values<S: OfBothSides>(_state: &S) -> Values<S::Right> {
    Values::new()
}

/// Stands for values that are kept beside others.
#[derive(Debug)]
pub struct Values<V>(PhantomData<V>);

impl<V> Values<V> {
    pub(super) fn new() -> Self {
        Values(PhantomData)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_two_values_meet_once() {
        let pairs: Vec<_> = Pairs::of(vec!['a', 'b'], vec![1, 2, 3]).collect();
        let all = [('a', 1), ('a', 2), ('a', 3), ('b', 1), ('b', 2), ('b', 3)];
        assert_eq!(pairs, all);
        assert_eq!(Pairs::of(vec!['a'], Vec::<u8>::new()).next(), None);
        assert_eq!(Pairs::of(Vec::<char>::new(), vec![1]).next(), None);
        let nothing = Pairs::of(vec!['a', 'b'], Vec::<u8>::new());
        assert_eq!(nothing.count(), 0);
    }
}
