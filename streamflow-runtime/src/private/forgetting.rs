//! When stages that keep something for each key use their keys, and how they forget them.

use crate::plan::Role;
use crate::private::times::NO_TIME;
use crate::round::Round;
use crate::state::{Gone, KeptKey, Owned, Use};
use crate::worker::Worker;

pub(super) fn idle_ms(ttl_ms: Option<u64>) -> Option<i64> {
    ttl_ms.map(|ttl_ms| i64::try_from(ttl_ms).unwrap_or(i64::MAX))
}

/// When the item at hand uses its key: in the round.
#[inline]
pub fn used_in_round(round: &Round, ttl_ms: Option<u64>) -> Use {
    Use {
        now_ms: round.time_ms,
        idle_ms: idle_ms(ttl_ms),
    }
}

/// Forgets the keys that nobody has used for their time; gives them with their states.
pub fn forgotten<K: KeptKey, S>(
    state: &mut Owned<K, S>,
    round: &Round,
    ttl_ms: u64,
) -> Vec<Gone<K, S>> {
    let idle_ms = idle_ms(Some(ttl_ms)).unwrap_or(i64::MAX);
    state.forget_idle(round.time_ms, idle_ms)
}

/// When an item uses its key that has a time of its own. One without, or with one too far in front of
/// the clock, comes as the watermark does.
#[inline]
pub fn used_at(reached_ms: i64, time_ms: i64, ttl_ms: u64) -> Use {
    Use {
        now_ms: match time_ms {
            // The end of the input is no time to be used at.
            NO_TIME if reached_ms == i64::MAX => i64::MIN,
            NO_TIME => reached_ms,
            time_ms => time_ms,
        },
        idle_ms: idle_ms(Some(ttl_ms)),
    }
}

/// Up to where time is complete for a stage.
pub fn reached(worker: &Worker<'_>, stage: usize) -> i64 {
    let run = worker.run();
    let stage = run.plan.stages.get(stage);
    match stage.map(|stage| stage.role) {
        Some(Role::Ordered {
            event: Some(event), ..
        }) => {
            let reached_ms = run.watermarks.reached_ms(event.times);
            match reached_ms {
                i64::MAX => reached_ms,
                _ => reached_ms.saturating_sub(event.delay_ms()),
            }
        }
        _ => i64::MIN,
    }
}

/// Takes a key out that has gone unused for its time when its item comes; gives it with its state.
#[inline]
pub fn take_idle<K: KeptKey, S>(state: &mut Owned<K, S>, key: &K, used: Use) -> Option<Gone<K, S>> {
    state.take_idle(key, used)
}

/// Forgets the keys whose time the watermark has passed; gives them with their states. The end of the
/// input forgets nothing: a later run goes on with what its checkpoint has.
pub fn forgotten_by<K: KeptKey, S>(
    state: &mut Owned<K, S>,
    reached_ms: i64,
    ttl_ms: u64,
) -> Vec<Gone<K, S>> {
    if matches!(reached_ms, i64::MAX | i64::MIN) {
        return Vec::new();
    }
    let idle_ms = idle_ms(Some(ttl_ms)).unwrap_or(i64::MAX);
    state.forget_idle(reached_ms, idle_ms)
}

/// Takes out the key that nobody has used for longest, where there is no room for a new one. It is
/// counted.
#[inline]
pub fn make_room<K: KeptKey, S>(
    worker: &Worker<'_>,
    stage: usize,
    state: &mut Owned<K, S>,
    key: &K,
) -> Option<Gone<K, S>> {
    let gone = state.make_room(key)?;
    worker.run().pushed_out(stage);
    Some(gone)
}

/// A key that is kept no longer, and its state.
#[inline]
pub fn apart<K, S>(gone: Gone<K, S>) -> (K, Option<S>) {
    (gone.key, gone.state)
}
