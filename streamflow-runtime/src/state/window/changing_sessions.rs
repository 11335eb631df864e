//! Sessions whose results leave with each item: `over session 30m emit changes`.
//!
//! An item goes to the session of its key that it is near to. Where it is near to two, they become one, and
//! the result of that takes the place of both.

use crate::state::image::Stored;
use crate::state::key::KeptKey;
use crate::state::owned::{Age, Aged, Owned, Use};
use crate::state::running::Slot;
use crate::state::since::Around;

/// What a key has in each of its open sessions, in order: the times of their first items, and their ends.
pub type BySession<S> = Vec<(i64, i64, Option<S>)>;

/// The values of a key's sessions.
#[derive(Debug)]
pub struct InSessionsOfChanges;

impl Around for InSessionsOfChanges {
    type Of<S: Stored> = Aged<BySession<S>>;

    fn layout_with(value: &str) -> String {
        format!("[(i64, i64, Option<{value}>)]")
    }

    fn changed<Old: Stored, New: Stored>(
        whole: Aged<BySession<Old>>,
        change: &impl Fn(Old) -> New,
    ) -> Aged<BySession<New>> {
        Age::changed(whole, &|sessions: BySession<Old>| {
            let sessions = sessions.into_iter();
            sessions
                .map(|(first_ms, end_ms, state)| (first_ms, end_ms, state.map(change)))
                .collect::<BySession<New>>()
        })
    }
}

/// How the sessions of a stage lie in time, and which are closed.
#[derive(Debug)]
pub struct SessionsOfChanges {
    gap_ms: i64,
    /// How far time is behind the end of a session when it closes.
    delay_ms: i64,
    /// Sessions are closed that end by here.
    closed: i64,
}

impl SessionsOfChanges {
    pub(crate) fn new(gap_ms: i64, delay_ms: i64, reached_ms: i64) -> Self {
        let mut sessions = SessionsOfChanges {
            gap_ms,
            delay_ms,
            closed: i64::MIN,
        };
        sessions.reach(reached_ms);
        sessions
    }

    fn reach(&mut self, reached_ms: i64) {
        let closed_ms = match reached_ms {
            i64::MIN | i64::MAX => reached_ms,
            reached_ms => reached_ms.saturating_sub(self.delay_ms),
        };
        self.closed = self.closed.max(closed_ms);
    }

    /// Makes the sessions that an item is near to one, and lets it last as long as the item says. Gives
    /// the end of it; nothing where the item is late.
    ///
    /// # Errors
    ///
    /// Values that cannot be combined.
    pub(crate) fn open<K: KeptKey, S, E>(
        &self,
        state: &mut Owned<K, BySession<S>>,
        key: &K,
        time_ms: i64,
        mut combine: impl FnMut(&mut Option<S>, S) -> Result<(), E>,
    ) -> Result<Option<i64>, E> {
        // The end of time is too far in front of the clock.
        if time_ms == i64::MAX {
            return Ok(None);
        }
        let own_end_ms = time_ms.saturating_add(self.gap_ms);
        let is_late = own_end_ms <= self.closed;
        if is_late && state.known(key).is_none() {
            return Ok(None);
        }
        let sessions = of_key(state, key, own_end_ms);
        let from = sessions.partition_point(|(_, end_ms, _)| *end_ms < time_ms);
        let to = sessions.partition_point(|(first_ms, ..)| *first_ms <= own_end_ms);
        if from >= to {
            if is_late {
                return Ok(None);
            }
            sessions.insert(from, (time_ms, own_end_ms, None));
            return Ok(Some(own_end_ms));
        }
        let mut near = sessions.drain(from..to);
        let Some((first_ms, mut end_ms, mut all)) = near.next() else {
            return Ok(None);
        };
        let mut combined = Ok(());
        for (_, other_end_ms, other) in near {
            end_ms = end_ms.max(other_end_ms);
            if let (Some(other), Ok(())) = (other, &combined) {
                combined = combine(&mut all, other);
            }
        }
        end_ms = end_ms.max(own_end_ms);
        sessions.insert(from, (first_ms.min(time_ms), end_ms, all));
        combined.map(|()| Some(end_ms))
    }

    /// Closes the sessions that time has passed, and forgets what keys have in them.
    pub(crate) fn close<K: KeptKey, S>(
        &mut self,
        reached_ms: i64,
        state: &mut Owned<K, BySession<S>>,
    ) {
        let before_ms = self.closed;
        self.reach(reached_ms);
        let closed_ms = self.closed;
        if closed_ms == before_ms {
            return;
        }
        state.forget(|sessions| {
            sessions.retain(|(_, end_ms, _)| *end_ms > closed_ms);
            sessions.is_empty()
        });
    }
}

fn of_key<'s, K: KeptKey, S>(
    state: &'s mut Owned<K, BySession<S>>,
    key: &K,
    now_ms: i64,
) -> &'s mut BySession<S> {
    let idle_ms = None;
    let used = Use { now_ms, idle_ms };
    state.slot_unless_idle(key, used).get_or_insert_default()
}

/// What a key has in the session that ends then.
pub(crate) fn slot_in_session<'s, K: KeptKey, S>(
    state: &'s mut Owned<K, BySession<S>>,
    key: &K,
    end_ms: i64,
) -> Slot<'s, K, S> {
    let sessions = of_key(state, key, end_ms);
    let at = sessions.partition_point(|(_, other_ms, _)| *other_ms < end_ms);
    if at == sessions.len() {
        sessions.push((end_ms, end_ms, None));
    }
    Slot::of_changes(&mut sessions[at].2)
}
