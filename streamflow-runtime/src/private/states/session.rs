//! Sessions: a record goes to the session of its key that it is near to, and in a round those close
//! that the watermark, or the clock, has passed.

use std::any::TypeId;
use std::convert::Infallible;

use super::add::overflow_of;
use super::merge::Parcels;
use super::slot::SlotOfKey;
use super::windows::held;
use crate::failure::Failure;
use crate::plan::{EventWindow, Role, Steps};
use crate::round::{Fires, Round};
use crate::state::{
    Held, KeptKey, Keyed, Mailbox, Moved, Overflow, Place, SessionRule, Sessions, SessionsOfKey,
    Unsettled,
};
use crate::time::Window;
use crate::worker::{Outcome, Worker};

/// Rounds in which sessions close by the clock are no closer to each other.
const APART_MS: i64 = 20;

/// How the sessions of a stage lie in time, and by whose time.
fn windows(worker: &Worker<'_>, stage: usize) -> Option<(SessionRule, Option<EventWindow>)> {
    let wide = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    match worker.run().plan.stages.get(stage)?.role {
        Role::Aggregate {
            every_ms,
            steps: Some(Steps::Session { max_ms, .. }),
            event,
            ..
        } => {
            let delay_ms = event.map_or(0, EventWindow::delay_ms);
            let rule = SessionRule::new(wide(every_ms), max_ms.map(wide), delay_ms);
            Some((rule, event))
        }
        Role::Aggregate { .. }
        | Role::Ordered { .. }
        | Role::Table { .. }
        | Role::LookUp { .. }
        | Role::EventTime { .. }
        | Role::Source
        | Role::Stateless
        | Role::Sink => None,
    }
}

/// Begins sessions where time is.
pub fn begin_sessions<K: KeptKey, V>(
    worker: &Worker<'_>,
    stage: usize,
    sessions: &mut Sessions<K, V>,
) {
    let Some((rule, event)) = windows(worker, stage) else {
        return;
    };
    let run = worker.run();
    if let Some(event) = event {
        sessions.begin(rule, run.watermarks.reached_ms(event.times));
        return;
    }
    sessions.begin(rule, i64::MIN);
    if sessions.has_fresh() {
        // What a checkpoint has may have closed in the meantime.
        run.rounds.call_at((worker.index(), stage), Some(0));
    }
}

/// A table of the same keys and values, to be looked at in their place.
pub fn like<K, V>(_sessions: &Sessions<K, V>) -> Keyed<K, V> {
    Keyed::default()
}

/// The time of what comes with the batch at hand, by the clock.
#[inline]
pub fn read_at<K, V>(worker: &Worker<'_>, sessions: &mut Sessions<K, V>) -> i64 {
    match sessions.read_at_ms {
        Some(read_at_ms) => read_at_ms,
        None => *sessions.read_at_ms.insert(worker.run().clock.now_ms()),
    }
}

/// The place of an item's value in the session that it belongs to.
#[inline]
pub fn slot_at<K: KeptKey, V>(
    place: Place<'_, K, SessionsOfKey<V>>,
    rule: SessionRule,
    time_ms: i64,
) -> &mut Option<V> {
    let of_key = match place {
        Place::Known(known, _) => known,
        Place::New(new) => new.insert(SessionsOfKey::default()),
    };
    of_key.slot(time_ms, rule)
}

/// The same of a value that may not fit to the one that is there: the key is told then.
#[inline]
pub fn slot_of_key<K: KeptKey, V>(
    place: Place<'_, K, SessionsOfKey<V>>,
    rule: SessionRule,
    time_ms: i64,
) -> SlotOfKey<'_, K, V> {
    let (of_key, key) = match place {
        Place::Known(known, key) => (known, Some(key)),
        Place::New(new) => (new.insert(SessionsOfKey::default()), None),
    };
    SlotOfKey {
        value: of_key.slot(time_ms, rule),
        key,
    }
}

/// Calls for the round in which the first session of a batch may close, at the end of the batch.
pub fn after_sessions<K: KeptKey, V>(
    worker: &Worker<'_>,
    stage: usize,
    sessions: &mut Sessions<K, V>,
) {
    let Some(read_at_ms) = sessions.read_at_ms.take() else {
        return;
    };
    if !sessions.is_called_for {
        sessions.is_called_for = true;
        let first_ms = sessions.rule.ends_from_ms(read_at_ms);
        let first_ms = sessions
            .next_look_ms()
            .map_or(first_ms, |at_ms| at_ms.min(first_ms));
        let run = worker.run();
        run.rounds.call_at((worker.index(), stage), Some(first_ms));
    }
}

/// Brings what has come to the owners of the keys, and closes the sessions that have ended.
pub fn end_sessions<K: KeptKey, V: Send>(
    worker: &mut Worker<'_>,
    round: &Round,
    stage: usize,
    exchange: &Mailbox<Moved<K, SessionsOfKey<V>>>,
    sessions: &mut Sessions<K, V>,
    sign: impl FnMut(&mut V, V) -> Result<(), Overflow>,
) -> Outcome {
    match ended(worker, round, stage, exchange, sessions, sign)? {
        Ok(()) => Ok(()),
        Err(Unsettled { key, cause, .. }) => {
            let overflow = if TypeId::of::<K>() == TypeId::of::<()>() {
                cause
            } else {
                overflow_of(&key, cause)
            };
            worker.fail_merge(stage, Failure::refused(overflow))
        }
    }
}

/// The same for values that a closure combines.
pub fn end_sessions_with<K: KeptKey, V: Send>(
    worker: &mut Worker<'_>,
    round: &Round,
    stage: usize,
    exchange: &Mailbox<Moved<K, SessionsOfKey<Held<V>>>>,
    sessions: &mut Sessions<K, Held<V>>,
    mut function: impl FnMut(V, V) -> V,
) -> Outcome {
    let ended = ended(
        worker,
        round,
        stage,
        exchange,
        sessions,
        held(&mut function),
    )?;
    let Ok(()) = ended.map_err(|Unsettled { cause, .. }: Unsettled<K, Infallible>| match cause {});
    Ok(())
}

fn ended<K: KeptKey, V, E>(
    worker: &Worker<'_>,
    round: &Round,
    stage: usize,
    exchange: &Mailbox<Moved<K, SessionsOfKey<V>>>,
    sessions: &mut Sessions<K, V>,
    mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
) -> Outcome<Result<(), Unsettled<K, E>>> {
    let workers = worker.workers();
    let mut parcels = Parcels::new(worker, exchange);
    for moved in sessions.take_fresh() {
        parcels.send(moved.owner(workers), moved);
    }
    for moved in parcels.received(worker)? {
        if let Err(unsettled) = sessions.take_in(moved, &mut combine) {
            return Ok(Err(unsettled));
        }
    }
    let Some((_, event)) = windows(worker, stage) else {
        return Ok(Ok(()));
    };
    let run = worker.run();
    let reached_ms = match (event, round.fires) {
        (Some(event), _) => run.watermarks.reached_ms(event.times),
        (None, Fires::All) => i64::MAX,
        (None, Fires::Due | Fires::None) => round.time_ms,
    };
    match sessions.close(reached_ms, &mut combine) {
        Ok(n_late) => run.came_late_together(stage, n_late),
        Err(unsettled) => return Ok(Err(unsettled)),
    }
    if event.is_none() {
        sessions.is_called_for = false;
        // Not for each session alone where many close one after the other.
        let earliest_ms = run.clock.now_ms().saturating_add(APART_MS);
        let next_ms = sessions.next_look_ms();
        let next_ms = next_ms.map(|next_ms| {
            if run.is_test() {
                next_ms
            } else {
                next_ms.max(earliest_ms)
            }
        });
        run.rounds.call_at((worker.index(), stage), next_ms);
    }
    Ok(Ok(()))
}

/// The sessions that have just closed, the earliest one first: the times of their results, which are
/// their last moments, with keys and values.
pub fn sessions_ended<K: KeptKey, V>(
    sessions: &mut Sessions<K, V>,
) -> impl Iterator<Item = (i64, K, V)> + use<K, V> {
    let ended = sessions.take_ended().into_iter();
    ended.map(|(window, key, value)| (window.end_ms().saturating_sub(1), key, value))
}

/// The same with the sessions themselves.
pub fn sessions_told<K: KeptKey, V>(
    sessions: &mut Sessions<K, V>,
) -> impl Iterator<Item = (i64, Window, K, V)> + use<K, V> {
    let ended = sessions.take_ended().into_iter();
    ended.map(|(window, key, value)| (window.end_ms().saturating_sub(1), window, key, value))
}

/// The same for values that a closure combined.
pub fn sessions_ended_held<K: KeptKey, V>(
    sessions: &mut Sessions<K, Held<V>>,
) -> impl Iterator<Item = (i64, K, V)> + use<K, V> {
    let ended = sessions_ended(sessions);
    ended.filter_map(|(time_ms, key, held)| Some((time_ms, key, held.into_inner()?)))
}

/// The same with the sessions themselves.
pub fn sessions_told_held<K: KeptKey, V>(
    sessions: &mut Sessions<K, Held<V>>,
) -> impl Iterator<Item = (i64, Window, K, V)> + use<K, V> {
    let told = sessions_told(sessions);
    told.filter_map(|(time_ms, window, key, held)| Some((time_ms, window, key, held.into_inner()?)))
}
