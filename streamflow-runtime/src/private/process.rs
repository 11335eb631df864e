//! `process { … }`: code of the user's for each record of a key, and for each of its timers.
//!
//! A round has the records first, in their order, and then the timers that are due: so a timer fires
//! behind all records that have moved the watermark past it.

use std::vec;

use super::forgetting::idle_ms;
use super::ordered::arrivals;
use super::times::NO_TIME;
use crate::private::states::{restored_since, restored_state};
use crate::process::{Caller, Change, Moment, Out};
use crate::round::{Fires, Round};
use crate::run::watermarks::NOTHING_MS;
use crate::state::{
    At, Carried, KeptKey, Lane, LeadingTo, Mailbox, Migrations, Processes, Sent, Stored, TimerTime,
    Timers, stable_hash,
};
use crate::worker::{Outcome, Worker};

/// What a worker begins with.
#[diagnostic::on_unimplemented(
    message = "a field of this `process` cannot be kept as state",
    label = "the fields of each key are a `{S}`, and are saved in checkpoints",
    note = "a field's type derives `serde::Serialize` and `serde::Deserialize`, and is `Send`",
    note = "and it outlives the records: `String` in place of `&str`, `Vec<u8>` in place of `&[u8]`"
)]
pub trait ProcessesOf<S>: Sized {
    /// What the checkpoint holds for it.
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self>;

    /// The same where former versions are migrated.
    fn make_since<M: Migrations>(
        worker: &mut Worker<'_>,
        stage: usize,
        migrations: &LeadingTo<M, S>,
    ) -> Outcome<Self>;

    /// Keeps only so many keys from here on.
    #[must_use]
    fn at_most(self, cap: u64) -> Self;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, S: Stored, T: TimerTime> ProcessesOf<S> for Processes<K, S, T> {
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
        let state = restored_state::<Self, Timers>(worker, stage)?;
        timers_may_be_due(worker, &state);
        Ok(state)
    }

    fn make_since<M: Migrations>(
        worker: &mut Worker<'_>,
        stage: usize,
        migrations: &LeadingTo<M, S>,
    ) -> Outcome<Self> {
        let state = restored_since::<Self, Timers, S>(worker, stage, migrations)?;
        timers_may_be_due(worker, &state);
        Ok(state)
    }

    fn at_most(mut self, cap: u64) -> Self {
        self.keep_at_most(cap);
        self
    }
}

/// Calls for a round, as only a round knows whether timers of a checkpoint are due.
fn timers_may_be_due<K: KeptKey, S, T>(worker: &Worker<'_>, state: &Processes<K, S, T>) {
    if !state.is_empty() {
        worker.run().rounds.request();
    }
}

/// The time that a stage's timers go by, and how far it has come.
#[derive(Debug)]
pub struct TimersTime {
    /// The stages that give it, and how long after the watermark their items may come.
    event: Option<(&'static [usize], i64)>,
    /// Up to where it is complete, as of the last round.
    watermark_ms: i64,
}

/// Timers that go by the clock.
pub fn clock_of_timers() -> TimersTime {
    TimersTime {
        event: None,
        watermark_ms: NOTHING_MS,
    }
}

/// Timers that go by the items' own time.
pub fn event_time_of_timers(
    worker: &Worker<'_>,
    times: &'static [usize],
    behind_ms: u64,
) -> TimersTime {
    let mut time = TimersTime {
        event: Some((times, i64::try_from(behind_ms).unwrap_or(i64::MAX))),
        watermark_ms: NOTHING_MS,
    };
    time.watermark_ms = time.reached_ms(worker);
    time
}

impl TimersTime {
    /// Up to where time is complete, in the round at hand.
    fn reached_ms(&self, worker: &Worker<'_>) -> i64 {
        let Some((times, behind_ms)) = self.event else {
            return NOTHING_MS;
        };
        match worker.run().watermarks.reached_ms(times) {
            i64::MAX => i64::MAX,
            reached_ms => reached_ms.saturating_sub(behind_ms),
        }
    }
}

/// What a stage does in a round: its records, then the timers that are due.
#[derive(Debug)]
pub struct ProcessTurns<K, C> {
    stage: usize,
    arrived: vec::IntoIter<Sent<K, C>>,
    now_ms: i64,
    is_event_time: bool,
    /// As records see it: they move it only behind their round.
    watermark_before_ms: i64,
    watermark_ms: i64,
    /// Timers up to this time fire.
    up_to_ms: i64,
    /// A timer that a timer sets behind this time fires no more, as the input has ended: a timer that
    /// always sets the next one would fire forever.
    ends_at_ms: Option<i64>,
    ttl_ms: Option<i64>,
}

/// A record, or a timer where there is no item.
#[derive(Debug)]
pub struct Turn<K, C> {
    /// Its key.
    pub key: K,
    /// Its own time, where it has one.
    pub time_ms: i64,
    /// The value of the record.
    pub item: Option<C>,
}

/// Begins a round.
pub fn process_turns<K: KeptKey, C: Carried>(
    worker: &mut Worker<'_>,
    exchange: &Mailbox<Sent<K, C>>,
    lane: &mut Lane<K, C>,
    (time, round): (&mut TimersTime, &Round),
    (stage, ttl_ms): (usize, Option<u64>),
) -> Outcome<ProcessTurns<K, C>> {
    let arrived = arrivals(worker, exchange, lane)?.into_iter();
    let watermark_ms = time.reached_ms(worker);
    let watermark_before_ms = std::mem::replace(&mut time.watermark_ms, watermark_ms);
    let ends_at_ms = time.event.and_then(|(times, _)| {
        let is_over = round.fires == Fires::All;
        is_over.then(|| worker.run().watermarks.latest_ms(times))
    });
    Ok(ProcessTurns {
        stage,
        arrived,
        now_ms: round.time_ms,
        is_event_time: time.event.is_some(),
        watermark_before_ms,
        watermark_ms,
        up_to_ms: if time.event.is_some() {
            watermark_ms
        } else {
            round.time_ms
        },
        ends_at_ms,
        ttl_ms: idle_ms(ttl_ms),
    })
}

/// The next record or timer of the round.
pub fn next_process_turn<K: KeptKey, C, S, T>(
    worker: &mut Worker<'_>,
    turns: &mut ProcessTurns<K, C>,
    state: &mut Processes<K, S, T>,
) -> Option<Turn<K, C>> {
    if let Some(sent) = turns.arrived.next() {
        worker.arrived(Some(sent.at));
        return Some(Turn {
            key: sent.key,
            time_ms: sent.time_ms,
            item: Some(sent.item),
        });
    }
    let (at_ms, key) = state.next_due(turns.up_to_ms)?;
    worker.arrived(Some(At::of_timer(at_ms, stable_hash(&key))));
    Some(Turn {
        key,
        time_ms: at_ms,
        item: None,
    })
}

impl<K, C> ProcessTurns<K, C> {
    fn moment(&self, time_ms: i64, caller: Caller) -> Moment {
        Moment {
            caller,
            time_ms: if self.is_event_time {
                time_ms
            } else {
                self.now_ms
            },
            now_ms: self.now_ms,
            watermark_ms: match caller {
                Caller::Record => self.watermark_before_ms,
                Caller::Timer => self.watermark_ms,
            },
        }
    }

    /// When a key is used that has a turn.
    fn used_ms(&self, moment: Moment) -> i64 {
        // A time that is too far in front of the clock would keep the key forever.
        match moment.time_ms {
            NO_TIME => self.watermark_ms,
            time_ms => time_ms,
        }
    }
}

/// What the closures of a turn answer with.
#[inline]
pub fn out<K, C, X>(turns: &ProcessTurns<K, C>, time_ms: i64, item: Option<&C>) -> Out<X> {
    let caller = match item {
        Some(_) => Caller::Record,
        None => Caller::Timer,
    };
    Out::new(turns.moment(time_ms, caller))
}

/// The fields of the key that has its turn.
#[inline]
pub fn fields_of<'s, K: KeptKey, C, S, T, X>(
    state: &'s mut Processes<K, S, T>,
    key: &K,
    turns: &ProcessTurns<K, C>,
    out: &Out<X>,
    init: impl FnOnce() -> S,
) -> &'s mut S {
    let idle_ms = match out.moment.caller {
        Caller::Record => turns.ttl_ms,
        // A key that had a timer was in use.
        Caller::Timer => None,
    };
    state.state(key, turns.used_ms(out.moment), idle_ms, init)
}

/// Forgets the key that nobody has used for longest, where only so many are kept and another one comes.
/// It is counted.
#[inline]
pub fn make_room_for<K: KeptKey, C, S, T>(
    worker: &Worker<'_>,
    turns: &ProcessTurns<K, C>,
    state: &mut Processes<K, S, T>,
    key: &K,
) {
    if state.make_room(key) {
        worker.run().pushed_out(turns.stage);
    }
}

/// Hands a record to `on_record`.
#[inline]
pub fn on_record<Q, V, S, X>(
    (key, value): (Q, V),
    state: &mut S,
    out: &mut Out<X>,
    function: impl FnOnce(Q, V, &mut S, &mut Out<X>),
) {
    function(key, value, state, out);
}

/// Hands a timer to `on_timer`.
#[inline]
pub fn on_timer<Q, S, X>(
    (key, at_ms): (Q, i64),
    state: &mut S,
    out: &mut Out<X>,
    function: impl FnOnce(Q, i64, &mut S, &mut Out<X>),
) {
    function(key, at_ms, state, out);
}

/// Ends a turn: timers are set and taken back.
#[inline]
pub fn end_turn<K: KeptKey, C, S, T, X>(
    state: &mut Processes<K, S, T>,
    key: &K,
    turns: &ProcessTurns<K, C>,
    out: &mut Out<X>,
    init: impl FnOnce() -> S,
) {
    let begins_anew = out.changes.contains(&Change::Forget);
    let used_ms = turns.used_ms(out.moment);
    for change in out.changes.drain(..) {
        match change {
            Change::Set(at_ms) => {
                let is_set_by_timer = out.moment.caller == Caller::Timer;
                let is_over = |ends_at_ms| is_set_by_timer && at_ms > ends_at_ms;
                if turns.ends_at_ms.is_some_and(is_over) {
                    state.set_for_later(key, at_ms, used_ms);
                } else {
                    state.set(key, at_ms, used_ms);
                }
            }
            Change::Cancel(at_ms) => state.cancel(key, at_ms),
            Change::Forget => state.forget(key),
        }
    }
    if begins_anew {
        state.begin_anew(key, init);
    }
}

/// What a turn has given.
#[inline]
pub fn emitted<X>(out: Out<X>) -> impl Iterator<Item = X> {
    out.into_items()
}

/// Ends the round: keys that nobody uses are forgotten, and the next timer calls for a round.
pub fn end_turns<K: KeptKey, C, S, T>(
    worker: &mut Worker<'_>,
    turns: &ProcessTurns<K, C>,
    state: &mut Processes<K, S, T>,
    time: &TimersTime,
) {
    worker.arrived(None);
    // The end of the input is not the end of what is kept: a later run may go on with it.
    if let (Some(ttl_ms), None) = (turns.ttl_ms, turns.ends_at_ms) {
        state.forget_idle(turns.up_to_ms, ttl_ms);
    }
    let earliest_ms = state.earliest_ms();
    let run = worker.run();
    match (time.event, earliest_ms) {
        (None, _) => {
            let calls = (worker.index(), turns.stage);
            run.rounds.call_at(calls, earliest_ms);
        }
        (Some(_), None) => {}
        (Some((times, behind_ms)), Some(earliest_ms)) => {
            let complete_ms = earliest_ms.saturating_add(behind_ms);
            run.watermarks.wake_at(times, complete_ms);
        }
    }
}
