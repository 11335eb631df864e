//! What a stage with session windows keeps on one worker: what has come since the last round, of
//! whatever keys, and the open sessions of the keys that the worker owns.
//!
//! ```text
//!   records → fresh                                  on each worker, as records come
//!               │  every round
//!               ▼
//!             open, timers                           on the worker that owns the key
//!               │  the watermark, or the clock, has passed the end
//!               ▼
//!             ended → results
//! ```
//!
//! A session on one worker may join two on another: so all that has come goes to the owner of its key
//! before a session is closed. Whether a record is late is decided there too: where it touches a
//! session that is still open, it is not.

use std::collections::BinaryHeap;
use std::mem;

use super::late::LateSessions;
use super::session::{SessionRule, SessionsOfKey, Taken};
use super::timer::{Timer, copy};
use crate::state::image::{Restored, Saved, Stored};
use crate::state::key::KeptKey;
use crate::state::keyed::{Keyed, Moved, Stays, Unsettled};
use crate::state::parts::Parts;
use crate::time::Window;

/// The sessions of one stage on one worker.
#[derive(Debug)]
pub struct Sessions<K, V> {
    /// What has come since the last round.
    pub fresh: Keyed<K, SessionsOfKey<V>>,
    /// How sessions lie in time.
    pub rule: SessionRule,
    /// The time of what comes with the batch at hand, where it is that of the clock.
    pub(crate) read_at_ms: Option<i64>,
    /// Whether a round has been called for, for what has come since the last one.
    pub(crate) is_called_for: bool,
    open: Keyed<K, Open<V>>,
    /// When to look at keys. A key is looked at once for each of its sessions, and once for each gap
    /// that a session has gone on.
    timers: BinaryHeap<Timer<K>>,
    ended: Vec<(Window, K, V)>,
    /// The sessions of the round at hand that have left out all their items, where somebody asks for
    /// those.
    pub(super) late: Option<LateSessions<K>>,
}

/// The open sessions of one key.
#[derive(Debug)]
struct Open<V> {
    sessions: SessionsOfKey<V>,
    /// When the key is looked at: its other timers are out of date.
    looked_at_ms: i64,
    /// When the first session began, as the timer knows it.
    begin_ms: i64,
}

impl<K, V> Default for Sessions<K, V> {
    fn default() -> Self {
        Sessions {
            fresh: Keyed::default(),
            rule: SessionRule::new(1, None, 0),
            read_at_ms: None,
            is_called_for: false,
            open: Keyed::default(),
            timers: BinaryHeap::new(),
            ended: Vec::new(),
            late: None,
        }
    }
}

impl<K: KeptKey, V> Sessions<K, V> {
    /// Begins where time is complete up to `reached_ms`.
    pub(crate) fn begin(&mut self, rule: SessionRule, reached_ms: i64) {
        self.rule = rule;
        self.reach(reached_ms);
    }

    /// Items whose own session has closed by then are late, if they touch no other one.
    fn reach(&mut self, reached_ms: i64) {
        let SessionRule {
            gap_ms, delay_ms, ..
        } = self.rule;
        self.rule.on_time_from_ms = if reached_ms == i64::MIN {
            i64::MIN
        } else {
            let behind_ms = gap_ms.saturating_add(delay_ms);
            reached_ms.saturating_sub(behind_ms).saturating_add(1)
        };
    }

    /// Whether anything has come since the last round, or out of a checkpoint.
    pub(crate) fn has_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// Takes out what has come since the last round.
    pub(crate) fn take_fresh(&mut self) -> impl Iterator<Item = Moved<K, SessionsOfKey<V>>> + '_ {
        self.fresh.take_all()
    }

    /// Takes in what any worker has of a key.
    ///
    /// # Errors
    ///
    /// Values that cannot be combined.
    pub(crate) fn take_in<E>(
        &mut self,
        moved: Moved<K, SessionsOfKey<V>>,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), Unsettled<K, E>> {
        let rule = self.rule;
        let (key, open, come) = self.open.moved_place(moved, Open::default);
        let taken_in = open.sessions.take_in(come, rule, combine);
        taken_in.map_err(|cause| unsettled(copy(key), cause))?;
        // Whatever else has changed, the first session ends later than it was to: its timer finds
        // that out.
        let begin_ms = open.sessions.begin_ms();
        if let Some(begin_ms) = begin_ms.filter(|begin_ms| *begin_ms < open.begin_ms)
            && let Some(end_ms) = open.sessions.ends_from_ms(rule)
        {
            open.begin_ms = begin_ms;
            open.looked_at_ms = end_ms.saturating_add(rule.delay_ms);
            self.timers.push(Timer {
                at_ms: open.looked_at_ms,
                key: copy(key),
            });
        }
        Ok(())
    }

    /// Closes the sessions that have ended by then; gives how many late items were left out.
    ///
    /// # Errors
    ///
    /// Values that cannot be combined.
    pub(crate) fn close<E>(
        &mut self,
        reached_ms: i64,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<u64, Unsettled<K, E>> {
        let mut n_late = 0;
        let rule = self.rule;
        while let Some(timer) = self.timers.peek()
            && timer.at_ms <= reached_ms
            && let Some(Timer { at_ms, key }) = self.timers.pop()
        {
            let mut failed = None;
            let mut next_ms = None;
            let (ended, late) = (&mut self.ended, &mut self.late);
            self.open.change(&key, |open| {
                if open.looked_at_ms != at_ms {
                    return Stays::Yes;
                }
                loop {
                    match open.sessions.take_ended(rule, reached_ms, combine) {
                        Ok(Taken::Ended(session)) => {
                            n_late += session.n_late;
                            if session.n_late > 0
                                && let Some(late) = late
                            {
                                late.note(&key, session.span_ms);
                            }
                            if session.n_late == 0
                                && let Some(value) = session.value
                            {
                                let window = Window::new(session.span_ms.0, session.end_ms);
                                ended.push((window, copy(&key), value));
                            }
                        }
                        Ok(Taken::ClosesAt(closes_ms)) => {
                            open.looked_at_ms = closes_ms;
                            open.begin_ms = open.sessions.begin_ms().unwrap_or(i64::MAX);
                            next_ms = Some(closes_ms);
                            return Stays::Yes;
                        }
                        Ok(Taken::Nothing) => return Stays::No,
                        Err(cause) => {
                            failed = Some(cause);
                            return Stays::Yes;
                        }
                    }
                }
            });
            if let Some(cause) = failed {
                return Err(unsettled(key, cause));
            }
            if let Some(at_ms) = next_ms {
                self.timers.push(Timer { at_ms, key });
            }
        }
        self.reach(reached_ms);
        Ok(n_late)
    }

    /// When a session may close next.
    pub(crate) fn next_look_ms(&self) -> Option<i64> {
        self.timers.peek().map(|timer| timer.at_ms)
    }

    /// The sessions that have just closed, the one first that ends first: with their keys and values.
    pub(crate) fn take_ended(&mut self) -> Vec<(Window, K, V)> {
        let mut ended = mem::take(&mut self.ended);
        ended.sort_by_key(|(window, _, _)| window.end_ms());
        ended
    }
}

impl<V> Default for Open<V> {
    fn default() -> Self {
        Open {
            sessions: SessionsOfKey::default(),
            looked_at_ms: i64::MAX,
            begin_ms: i64::MAX,
        }
    }
}

/// What is combined here is of many records.
fn unsettled<K, E>(key: K, cause: E) -> Unsettled<K, E> {
    Unsettled { key, at: -1, cause }
}

impl<K: KeptKey, V: Stored> Saved for Sessions<K, V> {
    fn layout() -> String {
        <Keyed<K, V>>::layout()
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        let open = self.open.entries();
        let open = open.map(|(key, open)| (key, &open.sessions));
        parts.entries(self.fresh.entries().chain(open))
    }

    fn shrink(&mut self) {
        self.fresh.shrink();
        self.open.make_small();
    }
}

impl<K: KeptKey, V: Stored> Restored for Sessions<K, V> {
    type Key = K;
    type Value = SessionsOfKey<V>;

    fn layout_with(value: &str) -> String {
        <Keyed<K, V>>::layout_with(value)
    }

    /// What was open is not known to this worker yet: it comes to the owner of its key like all else.
    fn with(entries: Vec<(K, SessionsOfKey<V>)>) -> Self {
        Sessions {
            fresh: Keyed::with_restored(entries),
            ..Self::default()
        }
    }
}
