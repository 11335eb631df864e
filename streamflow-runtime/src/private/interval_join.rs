//! Joins of items that are near each other in time: `join(other) within -5m..+5m`. The items of both
//! streams go to the worker that owns their key, and meet there in the next round.

use std::vec::IntoIter;

use super::ordered::{arrivals, send_from};
use super::states::{BothSidesOf, LeftSideOf, restored_as_it_is};
use crate::plan::{Role, Within};
use crate::round::{Fires, Round};
use crate::state::{IntervalJoin, KeptKey, Key, Lane, Mailbox, OfSide, Reach, Sent, Stored};
use crate::worker::{Outcome, Worker};

#[diagnostic::do_not_recommend]
impl<K: KeptKey, L: Stored, R: Stored> BothSidesOf<L, R> for IntervalJoin<K, L, R> {
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
        begun(worker, stage)
    }
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, L: Stored> LeftSideOf<L> for IntervalJoin<K, L, ()> {
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
        begun(worker, stage)
    }
}

fn begun<K: KeptKey, L: Stored, R: Stored>(
    worker: &mut Worker<'_>,
    stage: usize,
) -> Outcome<IntervalJoin<K, L, R>> {
    let mut state: IntervalJoin<K, L, R> = restored_as_it_is(worker, stage)?;
    if let Some(within) = within(worker, stage) {
        let reach = Reach {
            from_ms: within.from_ms,
            to_ms: within.to_ms,
        };
        // By the clock nothing is late.
        let complete_ms = complete_by_watermark(worker, within).unwrap_or(i64::MIN);
        state.begin(reach, complete_ms);
    }
    Ok(state)
}

fn within(worker: &Worker<'_>, stage: usize) -> Option<Within> {
    match worker.run().plan.stages.get(stage)?.role {
        Role::Ordered { within, .. } => within,
        Role::Aggregate { .. }
        | Role::Table { .. }
        | Role::LookUp { .. }
        | Role::EventTime { .. }
        | Role::Source
        | Role::Stateless
        | Role::Sink => None,
    }
}

/// Up to where time is complete by the watermark, less what is waited for late items; nothing where the
/// clock decides.
fn complete_by_watermark(worker: &Worker<'_>, within: Within) -> Option<i64> {
    let event = within.event?;
    Some(match worker.run().watermarks.reached_ms(event.times) {
        // The end of all time waits for nothing.
        i64::MAX => i64::MAX,
        reached_ms => reached_ms.saturating_sub(event.delay_ms()),
    })
}

/// The way of both sides to the owners of their keys.
pub fn lane_of_both<K: KeptKey, L, R>(_state: &IntervalJoin<K, L, R>) -> Lane<K, OfSide<L, R>> {
    Lane::default()
}

/// Sends an item of the record at hand to the owner of its key.
#[inline]
pub fn send_side<K: KeptKey, L, R>(
    lane: &mut Lane<K, OfSide<L, R>>,
    worker: &mut Worker<'_>,
    keyed: (K, i64),
    item: OfSide<L, R>,
) {
    let at = worker.stands_at();
    send_from(at, lane, worker, keyed, item);
}

/// Sends an item of a round.
#[inline]
pub fn send_side_on<K: KeptKey, L, R>(
    lane: &mut Lane<K, OfSide<L, R>>,
    worker: &mut Worker<'_>,
    keyed: (K, i64),
    item: OfSide<L, R>,
) {
    let at = worker.arrives_at();
    send_from(at, lane, worker, keyed, item);
}

/// What a join does in a round: first what has come meets what is there, item by item, then items leave
/// that have met nothing, by their times. `V` is what leaves for a key.
#[derive(Debug)]
pub struct Turns<K, L, R, V> {
    stage: usize,
    arrived: IntoIter<Sent<K, OfSide<L, R>>>,
    /// The time of all that has come, where the clock gives it.
    clock_ms: Option<i64>,
    /// Up to where time is complete now.
    complete_ms: i64,
    /// What leaves in the turn at hand.
    results: Vec<(i64, V)>,
    /// What has met nothing, once everything has come.
    lonely: Option<IntoIter<(i64, K, V)>>,
}

/// Begins the turns of a round: brings the items of both sides to the owners of their keys.
pub fn join_turns<K: KeptKey, L, R, V>(
    worker: &mut Worker<'_>,
    (stage, round): (usize, &Round),
    exchange: &Mailbox<Sent<K, OfSide<L, R>>>,
    lane: &mut Lane<K, OfSide<L, R>>,
    state: &IntervalJoin<K, L, R>,
) -> Outcome<Turns<K, L, R, V>> {
    let arrived = arrivals(worker, exchange, lane)?.into_iter();
    let by_watermark = within(worker, stage).and_then(|it| complete_by_watermark(worker, it));
    // The clock may have been set back, and a stream that was silent may be behind the other.
    let before_ms = state.complete_ms();
    let now_ms = round.time_ms.max(before_ms);
    let (clock_ms, complete_ms) = match (by_watermark, round.fires) {
        (Some(complete_ms), _) => (None, complete_ms.max(before_ms)),
        (None, Fires::All) => (Some(now_ms), i64::MAX),
        (None, Fires::Due | Fires::None) => (Some(now_ms), now_ms),
    };
    Ok(Turns {
        stage,
        arrived,
        clock_ms,
        complete_ms,
        results: Vec::new(),
        lonely: None,
    })
}

/// What leaves in the turn at hand, each with its time.
pub fn turn_results<K, L, R, V>(
    turns: &mut Turns<K, L, R, V>,
) -> impl Iterator<Item = (i64, V)> + '_ {
    turns.results.drain(..)
}

impl<K: KeptKey, L, R, V> Turns<K, L, R, V> {
    /// The key of the next turn in which something leaves.
    fn next(
        &mut self,
        worker: &mut Worker<'_>,
        state: &mut IntervalJoin<K, L, R>,
        meet: impl Fn(&mut IntervalJoin<K, L, R>, &K, i64, OfSide<L, R>, &mut Vec<(i64, V)>),
        alone: impl Fn(OfSide<L, R>) -> Option<V>,
    ) -> Option<K> {
        if self.lonely.is_none() {
            for sent in self.arrived.by_ref() {
                let time_ms = self.clock_ms.unwrap_or(sent.time_ms);
                if state.is_late(time_ms) {
                    worker.run().came_late(self.stage);
                    continue;
                }
                worker.arrived(Some(sent.at));
                meet(state, &sent.key, time_ms, sent.item, &mut self.results);
                if !self.results.is_empty() {
                    return Some(sent.key);
                }
            }
            worker.arrived(None);
            self.lonely = Some(self.forget(worker, state, alone).into_iter());
        }
        let (time_ms, key, value) = self.lonely.as_mut()?.next()?;
        self.results.push((time_ms, value));
        Some(key)
    }

    /// Forgets what nothing can meet any more; gives what has met nothing, by its time.
    fn forget(
        &self,
        worker: &Worker<'_>,
        state: &mut IntervalJoin<K, L, R>,
        alone: impl Fn(OfSide<L, R>) -> Option<V>,
    ) -> Vec<(i64, K, V)> {
        let mut lonely = Vec::new();
        state.forget(self.complete_ms, |key, time_ms, item| {
            if let Some(value) = alone(item) {
                lonely.push((time_ms, key.lend().keep(), value));
            }
        });
        lonely.sort_by_key(|(time_ms, ..)| *time_ms);
        if self.clock_ms.is_some() {
            let due_ms = state.next_due_ms();
            let at_ms = due_ms.map(|until_ms| until_ms.saturating_add(1));
            let rounds = &worker.run().rounds;
            rounds.call_at((worker.index(), self.stage), at_ms);
        }
        lonely
    }
}

/// Items of two streams that are near each other, where each may meet several others.
///
/// Each function gives the key of the next turn in which something leaves.
#[diagnostic::on_unimplemented(
    message = "a pair leaves this stage for every two values that meet, and one of `{L}` and `{R}` \
               cannot be copied",
    label = "a value that meets several others is in as many pairs",
    note = "derive `Clone` for it"
)]
pub trait MeetingNear<K, L, R>: Sized {
    /// `join`: every two values that meet.
    fn joined(&mut self, turns: &mut Turns<K, L, R, (L, R)>, worker: &mut Worker<'_>) -> Option<K>;

    /// `left_join`: the same, and the values of the left side that have met nothing.
    fn left_joined(
        &mut self,
        turns: &mut Turns<K, L, R, (L, Option<R>)>,
        worker: &mut Worker<'_>,
    ) -> Option<K>;

    /// `right_join`: the same for the right side.
    fn right_joined(
        &mut self,
        turns: &mut Turns<K, L, R, (Option<L>, R)>,
        worker: &mut Worker<'_>,
    ) -> Option<K>;

    /// `full_join`: the same for both.
    fn full_joined(
        &mut self,
        turns: &mut Turns<K, L, R, (Option<L>, Option<R>)>,
        worker: &mut Worker<'_>,
    ) -> Option<K>;
}

impl<K: KeptKey, L: Clone, R: Clone, V> Turns<K, L, R, V> {
    /// The key of the next turn where `pair` makes a result of every two values that meet.
    fn next_met(
        &mut self,
        worker: &mut Worker<'_>,
        state: &mut IntervalJoin<K, L, R>,
        pair: impl Fn(L, R) -> V,
        alone: impl Fn(OfSide<L, R>) -> Option<V>,
    ) -> Option<K> {
        let meet = |state: &mut IntervalJoin<K, L, R>,
                    key: &K,
                    time_ms,
                    item,
                    results: &mut Vec<(i64, V)>| {
            state.meet(key, time_ms, item, |time_ms, left, right| {
                results.push((time_ms, pair(left.clone(), right.clone())));
            });
        };
        self.next(worker, state, meet, alone)
    }
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, L: Clone, R: Clone> MeetingNear<K, L, R> for IntervalJoin<K, L, R> {
    fn joined(&mut self, turns: &mut Turns<K, L, R, (L, R)>, worker: &mut Worker<'_>) -> Option<K> {
        turns.next_met(worker, self, |left, right| (left, right), |_| None)
    }

    fn left_joined(
        &mut self,
        turns: &mut Turns<K, L, R, (L, Option<R>)>,
        worker: &mut Worker<'_>,
    ) -> Option<K> {
        let pair = |left, right| (left, Some(right));
        turns.next_met(worker, self, pair, |item| match item {
            OfSide::Left(left) => Some((left, None)),
            OfSide::Right(_) => None,
        })
    }

    fn right_joined(
        &mut self,
        turns: &mut Turns<K, L, R, (Option<L>, R)>,
        worker: &mut Worker<'_>,
    ) -> Option<K> {
        let pair = |left, right| (Some(left), right);
        turns.next_met(worker, self, pair, |item| match item {
            OfSide::Left(_) => None,
            OfSide::Right(right) => Some((None, right)),
        })
    }

    fn full_joined(
        &mut self,
        turns: &mut Turns<K, L, R, (Option<L>, Option<R>)>,
        worker: &mut Worker<'_>,
    ) -> Option<K> {
        let pair = |left, right| (Some(left), Some(right));
        turns.next_met(worker, self, pair, |item| match item {
            OfSide::Left(left) => Some((Some(left), None)),
            OfSide::Right(right) => Some((None, Some(right))),
        })
    }
}

/// `semi_join`: the values of the left side that meet something, each when it first does.
pub fn semi_joined_near<K: KeptKey, L>(
    state: &mut IntervalJoin<K, L, ()>,
    turns: &mut Turns<K, L, (), L>,
    worker: &mut Worker<'_>,
) -> Option<K> {
    let meet = |state: &mut IntervalJoin<K, L, ()>,
                key: &K,
                time_ms,
                item,
                results: &mut Vec<(i64, L)>| {
        state.meet_once(key, time_ms, item, |time_ms, left| {
            results.push((time_ms, left));
        });
    };
    turns.next(worker, state, meet, |_| None)
}

/// `anti_join`: those that have met nothing, when nothing can meet them any more.
pub fn anti_joined_near<K: KeptKey, L>(
    state: &mut IntervalJoin<K, L, ()>,
    turns: &mut Turns<K, L, (), L>,
    worker: &mut Worker<'_>,
) -> Option<K> {
    let meet =
        |state: &mut IntervalJoin<K, L, ()>, key: &K, time_ms, item, _: &mut Vec<(i64, L)>| {
            state.meet_once(key, time_ms, item, |_, _| {});
        };
    turns.next(worker, state, meet, |item| match item {
        OfSide::Left(left) => Some(left),
        OfSide::Right(()) => None,
    })
}
