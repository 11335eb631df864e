//! Brings the workers together in rounds, and decides what each round is for.
//!
//! Whoever first sees that a round is due asks for it; every worker joins it between two
//! batches; the last one to arrive decides, with the whole picture, what the round does. So all
//! workers take the same rounds in the same order, and their barriers always pair up.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Run;
use crate::round::{Fires, Round};
use crate::time::calendar::Calendar;

/// When to look again whether the last checkpoint is written, in milliseconds.
const LOOK_AGAIN_MS: i64 = 20;

/// Why a worker joins a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joining {
    /// It could go on.
    ToGoOn,
    /// It has met a record it may not pass: the run must end.
    ToEnd,
}

/// The rounds of one run.
#[derive(Debug)]
pub(crate) struct Rounds {
    workers: usize,
    /// When the job's triggers fire.
    intervals: Vec<Calendar>,
    /// Whether a round may save at any moment, or only when all triggers fire.
    saves: Saves,
    save_every_ms: i64,
    /// Whether some worker waits for a round.
    requested: AtomicBool,
    /// When the next round is due, in milliseconds since the Unix epoch.
    due_ms: AtomicI64,
    ended_workers: AtomicUsize,
    state: Mutex<State>,
    changed: Condvar,
}

impl State {
    fn next_call_ms(&self) -> i64 {
        let calls = self.called_at_ms.values();
        calls.min().copied().unwrap_or(i64::MAX)
    }
}

/// When offsets may be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saves {
    /// At any round: open intervals go into the checkpoint, or there are none.
    AtAnyTime,
    /// When every interval has just ended: there is nowhere else to keep what is open.
    WhenEmpty,
    /// Never: something is always open, and there is nowhere to keep it.
    Never,
}

/// When a run begins, and what is due first in it, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments {
    pub(crate) now_ms: i64,
    /// When to look for the first time whether partitions are idle.
    pub(crate) first_look_ms: i64,
}

#[derive(Debug)]
struct State {
    arrived: usize,
    /// Counts the times all workers have met.
    meetings: u64,
    ending: bool,
    aborted: bool,
    rounds: u64,
    next_boundary_ms: Option<i64>,
    next_save_ms: i64,
    /// Until when a save that is due waits for what a sink is writing.
    save_waits_until_ms: Option<i64>,
    /// When a partition may become idle, and with it a window complete.
    next_look_ms: i64,
    /// When workers want a round for their stages' sake.
    called_at_ms: BTreeMap<(usize, usize), i64>,
    current: Option<Round>,
}

impl Rounds {
    pub(crate) fn new(
        workers: usize,
        intervals: Vec<Calendar>,
        saves: Saves,
        save_every: Duration,
        Moments {
            now_ms,
            first_look_ms,
        }: Moments,
    ) -> Self {
        let save_every_ms = i64::try_from(save_every.as_millis())
            .unwrap_or(i64::MAX)
            .max(1);
        let next_boundary_ms = next_boundary(&intervals, now_ms);
        let rounds = Rounds {
            workers,
            intervals,
            saves,
            save_every_ms,
            requested: AtomicBool::new(false),
            due_ms: AtomicI64::new(0),
            ended_workers: AtomicUsize::new(0),
            state: Mutex::new(State {
                arrived: 0,
                meetings: 0,
                ending: false,
                aborted: false,
                rounds: 0,
                next_boundary_ms,
                next_save_ms: now_ms.saturating_add(save_every_ms),
                save_waits_until_ms: None,
                next_look_ms: first_look_ms,
                called_at_ms: BTreeMap::new(),
                current: None,
            }),
            changed: Condvar::new(),
        };
        let due_ms = rounds.next_due(&rounds.lock());
        rounds.due_ms.store(due_ms, Ordering::Release);
        rounds
    }

    /// When the next round is due.
    pub(crate) fn due_ms(&self) -> i64 {
        self.due_ms.load(Ordering::Acquire)
    }

    /// When something happens next by the clock, if anything does: a trigger fires, a timer does, or a
    /// partition becomes idle.
    pub(crate) fn next_boundary_ms(&self) -> Option<i64> {
        let state = self.lock();
        let next_ms = state.next_boundary_ms.unwrap_or(i64::MAX);
        let next_ms = next_ms.min(state.next_call_ms());
        Some(next_ms.min(state.next_look_ms)).filter(|next_ms| *next_ms != i64::MAX)
    }

    fn next_due(&self, state: &State) -> i64 {
        let save = match self.saves {
            Saves::AtAnyTime => state.next_save_ms,
            Saves::WhenEmpty | Saves::Never => i64::MAX,
        };
        let next_ms = state.next_boundary_ms.unwrap_or(i64::MAX).min(save);
        next_ms.min(state.next_look_ms).min(state.next_call_ms())
    }

    /// Calls for a round at a moment of the clock, for a stage of a worker, and no longer for the one
    /// that it has called for before.
    pub(crate) fn call_at(&self, (worker, stage): (usize, usize), at_ms: Option<i64>) {
        let mut state = self.lock();
        match at_ms {
            Some(at_ms) => state.called_at_ms.insert((worker, stage), at_ms),
            None => state.called_at_ms.remove(&(worker, stage)),
        };
        self.due_ms.store(self.next_due(&state), Ordering::Release);
    }

    /// Whether a worker should join a round now.
    pub(crate) fn is_wanted(&self, run: &Run) -> bool {
        self.requested.load(Ordering::Acquire)
            || run.is_stopping()
            || self.ended_workers.load(Ordering::Acquire) >= self.workers
            || run.clock.now_ms() >= self.due_ms()
    }

    /// Notes that all sources of one worker have ended.
    pub(crate) fn worker_ended(&self) {
        self.ended_workers.fetch_add(1, Ordering::AcqRel);
    }

    /// Notes that one of the sources of a worker goes on, when all had ended.
    pub(crate) fn worker_goes_on(&self) {
        self.ended_workers.fetch_sub(1, Ordering::AcqRel);
    }

    /// Calls for a round.
    pub(crate) fn request(&self) {
        self.requested.store(true, Ordering::Release);
        self.changed.notify_all();
    }

    /// Joins the next round; `None` if the run was aborted.
    pub(crate) fn join(&self, run: &Run, joining: Joining) -> Option<Round> {
        self.requested.store(true, Ordering::Release);
        let mut state = self.lock();
        state.ending |= joining == Joining::ToEnd;
        let met = self.meet(state, |state| {
            self.requested.store(false, Ordering::Release);
            run.under_test.begin_round();
            let round = self.decide(run, state);
            run.tables.note_round();
            match round.fires {
                Fires::All => run.watermarks.end(),
                // The next run closes what is complete.
                Fires::None if round.last => {}
                Fires::Due | Fires::None => {
                    state.next_look_ms = run.watermarks.advance(run.clock.now_ms());
                }
            }
            // Whom a round was called for calls anew, if need be.
            let now_ms = run.clock.now_ms();
            state.called_at_ms.retain(|_, at_ms| *at_ms > now_ms);
            state.current = Some(round);
            self.due_ms.store(self.next_due(state), Ordering::Release);
        })?;
        met.current
    }

    /// Waits for all workers; `false` if the run was aborted.
    pub(crate) fn barrier(&self) -> bool {
        self.meet(self.lock(), |_| {}).is_some()
    }

    /// Waits for all workers. The last to arrive runs `last`, before anyone goes on.
    fn meet<'s>(
        &'s self,
        mut state: MutexGuard<'s, State>,
        last: impl FnOnce(&mut State),
    ) -> Option<MutexGuard<'s, State>> {
        if state.aborted {
            return None;
        }
        state.arrived += 1;
        if state.arrived == self.workers {
            state.arrived = 0;
            state.meetings += 1;
            last(&mut state);
            self.changed.notify_all();
            return Some(state);
        }
        let meeting = state.meetings;
        while state.meetings == meeting && !state.aborted {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        // Whoever met all others goes on even if the run was aborted since: the next meeting
        // will tell it.
        (state.meetings != meeting).then_some(state)
    }

    /// Puts off the save of a round until what a sink is writing is whole, at `until_ms`; returns
    /// whether it did.
    ///
    /// A save is put off once: what is begun in the meantime is cut short, or two sinks could put it
    /// off for ever.
    pub(crate) fn puts_off_save(&self, round: &Round, until_ms: Option<i64>) -> bool {
        let mut state = self.lock();
        let until_ms = match state.save_waits_until_ms {
            None => until_ms.filter(|until_ms| round.time_ms < *until_ms),
            waits => waits.filter(|until_ms| round.time_ms < *until_ms),
        };
        state.save_waits_until_ms = until_ms;
        let Some(until_ms) = until_ms else {
            return false;
        };
        state.next_save_ms = until_ms;
        self.due_ms.store(self.next_due(&state), Ordering::Release);
        true
    }

    /// What the round does that all workers have just joined.
    fn decide(&self, run: &Run, state: &mut State) -> Round {
        let now_ms = run.clock.now_ms();
        state.rounds += 1;
        let number = state.rounds;
        let stopping = state.ending || run.is_stopping();
        let ended = self.ended_workers.load(Ordering::Acquire) >= self.workers;
        if stopping || ended {
            // What stops may go on from a checkpoint, and then finds its open intervals there.
            let keeps = stopping && !ended && run.has_checkpoints();
            let fires = if keeps { Fires::None } else { Fires::All };
            // A record that one branch has refused may already count in the state of another: with
            // its offset in front of it, each restart would count it once more.
            let is_torn = state.ending && run.has_checkpoints() && run.keeps_state;
            // What was open is in no result, or in one of less than its whole window.
            let is_lost = self.saves == Saves::Never && stopping && !ended;
            let time_ms = match fires {
                Fires::All => self.last_moment(state, now_ms),
                Fires::Due | Fires::None => now_ms,
            };
            return Round {
                number,
                time_ms,
                fires,
                saves: !is_torn && !is_lost,
                weighs: false,
                last: true,
            };
        }
        let boundary_ms = state
            .next_boundary_ms
            .filter(|boundary| *boundary <= now_ms);
        if let Some(boundary_ms) = boundary_ms {
            state.next_boundary_ms = next_boundary(&self.intervals, boundary_ms);
        }
        let all_end_at = |time_ms: i64| {
            self.intervals
                .iter()
                .all(|interval| interval.is_end(time_ms))
        };
        let saves = match self.saves {
            Saves::AtAnyTime if now_ms >= state.next_save_ms && run.saving.is_busy() => {
                let pause_ms = self.save_every_ms.min(LOOK_AGAIN_MS);
                state.next_save_ms = now_ms.saturating_add(pause_ms);
                false
            }
            Saves::AtAnyTime => now_ms >= state.next_save_ms,
            Saves::WhenEmpty => boundary_ms.is_some_and(all_end_at),
            Saves::Never => false,
        };
        if saves {
            state.next_save_ms = now_ms.saturating_add(self.save_every_ms);
        }
        Round {
            number,
            time_ms: boundary_ms.unwrap_or(now_ms),
            fires: if boundary_ms.is_some() {
                Fires::Due
            } else {
                Fires::None
            },
            saves,
            weighs: run.memory.is_to_weigh(),
            last: false,
        }
    }

    /// The time of a round in which all triggers fire as the input has ended: that of the interval which
    /// has ended and was not closed yet, or a moment in those that are open.
    fn last_moment(&self, state: &State, now_ms: i64) -> i64 {
        if let Some(boundary_ms) = state.next_boundary_ms.filter(|next_ms| *next_ms <= now_ms) {
            return boundary_ms;
        }
        // What ends now was closed before, and does not end once more.
        let ends_now = self.intervals.iter().any(|ends| ends.is_end(now_ms));
        now_ms.saturating_add(i64::from(ends_now))
    }

    /// Sends every waiting worker home.
    pub(crate) fn abort(&self) {
        self.lock().aborted = true;
        self.requested.store(true, Ordering::Release);
        self.changed.notify_all();
    }

    /// Whether somebody has sent them home.
    pub(crate) fn is_aborted(&self) -> bool {
        self.lock().aborted
    }

    /// Waits a moment for a worker whose sources have all ended.
    pub(crate) fn wait(&self, longest: Duration) {
        let state = self.lock();
        if !state.aborted {
            drop(
                self.changed
                    .wait_timeout(state, longest)
                    .unwrap_or_else(PoisonError::into_inner),
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A worker that panicked aborts the run; the numbers in here are whole at any moment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first moment after `now_ms` at which an interval ends.
fn next_boundary(intervals: &[Calendar], now_ms: i64) -> Option<i64> {
    let ends = intervals.iter().map(|interval| interval.after(now_ms));
    ends.min()
}

#[cfg(test)]
mod tests {
    use super::next_boundary;
    use crate::time::calendar::{Calendar, Ends};

    #[test]
    fn intervals_are_aligned_to_the_epoch() {
        let next = |intervals_ms: &[u64], now_ms| {
            let intervals = intervals_ms.iter().map(|ms| Ends::of_multiples(*ms));
            let intervals: Vec<Calendar> = intervals.map(Calendar::of).collect();
            next_boundary(&intervals, now_ms)
        };
        assert_eq!(next(&[1_000], 1_500), Some(2_000));
        assert_eq!(next(&[1_000], 2_000), Some(3_000));
        assert_eq!(next(&[10_000, 4_000], 9_000), Some(10_000));
        assert_eq!(next(&[], 1), None);
    }
}
