//! Items with a time of their own: `event_time(|item| item.at)`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::plan::Role;
use crate::round::Round;
use crate::worker::Worker;

/// The time of an item that has none of its own.
pub const NO_TIME: i64 = i64::MAX;

/// The time of an item that is too far in front of the clock: in no window.
pub(super) const TOO_FAR: i64 = i64::MAX;

/// What tells the time of an item.
#[diagnostic::on_unimplemented(
    message = "`event_time` takes the time of an item, not a `{Self}`",
    label = "this is no time",
    note = "give milliseconds since 1970 as a whole number, an `i64` or a `u64`: `event_time(|item| item.at_ms)`; or a `std::time::SystemTime`",
    note = "where it is a text: parse it in front, with `try_map` or with `?` in the closure, as in `text.parse::<i64>()?`; `?` takes it out of an `Option` and a `Result` too"
)]
pub trait GivesTime {
    /// The time in milliseconds since the Unix epoch.
    fn since_epoch_ms(self) -> i64;
}

#[diagnostic::do_not_recommend]
impl GivesTime for i64 {
    #[inline]
    fn since_epoch_ms(self) -> i64 {
        self
    }
}

#[diagnostic::do_not_recommend]
impl GivesTime for u64 {
    #[inline]
    fn since_epoch_ms(self) -> i64 {
        i64::try_from(self).unwrap_or(TOO_FAR)
    }
}

#[diagnostic::do_not_recommend]
impl GivesTime for u128 {
    fn since_epoch_ms(self) -> i64 {
        i64::try_from(self).unwrap_or(TOO_FAR)
    }
}

#[diagnostic::do_not_recommend]
impl GivesTime for Duration {
    fn since_epoch_ms(self) -> i64 {
        self.as_millis().since_epoch_ms()
    }
}

#[diagnostic::do_not_recommend]
impl GivesTime for SystemTime {
    fn since_epoch_ms(self) -> i64 {
        match self.duration_since(UNIX_EPOCH) {
            Ok(since) => since.since_epoch_ms(),
            Err(before) => before.duration().since_epoch_ms().saturating_neg(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: GivesTime + Copy> GivesTime for &T {
    #[inline]
    fn since_epoch_ms(self) -> i64 {
        (*self).since_epoch_ms()
    }
}

/// The times that one stage gives on one worker.
#[derive(Debug)]
pub struct Timing {
    stage: usize,
    /// The latest time in the batch at hand.
    latest_ms: Option<i64>,
    future_ms: i64,
    /// Times behind this are too far in front of the clock, as it was when somebody last looked.
    limit_ms: i64,
}

/// The times of a stage, before any.
pub fn times(worker: &Worker<'_>, stage: usize) -> Timing {
    let role = worker.run().plan.stages.get(stage).map(|stage| stage.role);
    let future_ms = match role {
        Some(Role::EventTime { future_ms, .. }) => i64::try_from(future_ms).unwrap_or(i64::MAX),
        _ => i64::MAX,
    };
    Timing {
        stage,
        latest_ms: None,
        future_ms,
        limit_ms: i64::MIN,
    }
}

/// The time of an item. One that is too far in front of the clock does not count for the watermark,
/// and is late for every window.
#[inline]
pub fn time_of(times: &mut Timing, worker: &Worker<'_>, time_ms: i64) -> i64 {
    if time_ms > times.limit_ms && !times.is_near(worker, time_ms) {
        return TOO_FAR;
    }
    times.latest_ms = times.latest_ms.max(Some(time_ms));
    time_ms
}

impl Timing {
    /// Looks at the clock again, which has moved on.
    #[cold]
    fn is_near(&mut self, worker: &Worker<'_>, time_ms: i64) -> bool {
        let now_ms = worker.run().clock.now_ms();
        self.limit_ms = now_ms.saturating_add(self.future_ms);
        time_ms <= self.limit_ms && time_ms != TOO_FAR
    }
}

/// The time of an item that no record has brought: that of the clock.
pub fn time_of_round(round: &Round) -> i64 {
    round.time_ms
}

/// Tells the latest time of the items that a round has brought.
pub fn after_times_of_round(worker: &mut Worker<'_>, times: &mut Timing) {
    if let Some(latest_ms) = times.latest_ms.take() {
        worker.heard_in_round(times.stage, latest_ms);
    }
}

/// Tells the latest time of a batch, at its end.
pub fn after_times(worker: &mut Worker<'_>, times: &mut Timing) {
    if let Some(latest_ms) = times.latest_ms.take() {
        worker.heard(times.stage, latest_ms);
    }
}
