//! The sessions of one key: stretches of time with no gap in them, each with what its items have come
//! to.
//!
//! ```text
//!   gap 3:   1 2   4             9 10               → [1, 7) and [9, 13)
//!                         6.5                       joins them: [1, 13)
//! ```

use std::collections::BTreeMap;
use std::mem;

use serde::ser::SerializeSeq as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::state::image::Stored;
use crate::state::since::Around;

/// How the sessions of a stage lie in time.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "a name says its unit")]
pub struct SessionRule {
    pub(super) gap_ms: i64,
    /// The longest that a session may be.
    pub(super) max_ms: Option<i64>,
    /// How long behind its end a session waits for late records.
    pub(super) delay_ms: i64,
    /// Records from here on are not late, whatever else is open.
    pub(super) on_time_from_ms: i64,
}

impl SessionRule {
    pub(crate) fn new(gap_ms: i64, max_ms: Option<i64>, delay_ms: i64) -> Self {
        SessionRule {
            gap_ms: gap_ms.max(1),
            max_ms: max_ms.map(|max_ms| max_ms.max(1)),
            delay_ms,
            on_time_from_ms: i64::MIN,
        }
    }

    /// When a session that begins then ends, or a moment in front of that.
    pub(crate) fn ends_from_ms(self, begin_ms: i64) -> i64 {
        let gap_ms = self.gap_ms.min(self.max_ms.unwrap_or(i64::MAX));
        begin_ms.saturating_add(gap_ms)
    }

    /// Up to which distance two items are kept together.
    ///
    /// Where sessions are cut, all items of one moment: where the cut is shows only when a session
    /// closes, as items come out of order.
    fn reach_ms(self) -> i64 {
        match self.max_ms {
            None => self.gap_ms,
            Some(_) => 0,
        }
    }
}

/// Items that belong together.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "V: Deserialize<'de>"))]
struct Session<V> {
    first_ms: i64,
    last_ms: i64,
    /// How many of its items are late if it has no others.
    n_doubtful: u64,
    /// Whether any of its items is not late.
    is_on_time: bool,
    value: Option<V>,
}

impl<V> Session<V> {
    fn at(time_ms: i64, rule: SessionRule) -> Self {
        let mut session = Session {
            first_ms: time_ms,
            last_ms: time_ms,
            n_doubtful: 0,
            is_on_time: false,
            value: None,
        };
        session.note(time_ms, rule);
        session
    }

    /// Takes in the time of one more item.
    #[inline]
    fn note(&mut self, time_ms: i64, rule: SessionRule) {
        self.first_ms = self.first_ms.min(time_ms);
        self.last_ms = self.last_ms.max(time_ms);
        if time_ms >= rule.on_time_from_ms {
            self.is_on_time = true;
        } else {
            self.n_doubtful += 1;
        }
    }

    /// Makes another value of its own.
    fn map<W>(self, change: impl FnOnce(V) -> W) -> Session<W> {
        Session {
            first_ms: self.first_ms,
            last_ms: self.last_ms,
            n_doubtful: self.n_doubtful,
            is_on_time: self.is_on_time,
            value: self.value.map(change),
        }
    }

    /// Takes in another session.
    fn join<E>(
        &mut self,
        mut other: Session<V>,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), E> {
        // The earlier one comes first, whichever came first.
        if other.first_ms < self.first_ms {
            mem::swap(self, &mut other);
        }
        self.last_ms = self.last_ms.max(other.last_ms);
        self.n_doubtful += other.n_doubtful;
        self.is_on_time |= other.is_on_time;
        match (&mut self.value, other.value) {
            (Some(known), Some(value)) => combine(known, value),
            (_, None) => Ok(()),
            (empty, value) => {
                *empty = value;
                Ok(())
            }
        }
    }
}

/// A session that has closed.
#[derive(Debug)]
pub(super) struct Ended<V> {
    /// Its first moment behind its last item and the gap.
    pub(super) end_ms: i64,
    /// The times of its first and its last item.
    pub(super) span_ms: (i64, i64),
    pub(super) value: Option<V>,
    /// How many items it has, where all of them are late.
    pub(super) n_late: u64,
}

/// The sessions of one key.
#[derive(Debug)]
pub struct SessionsOfKey<V> {
    /// The last one, which most items are of.
    latest: Option<Session<V>>,
    /// Those in front of it, by their first moments.
    earlier: BTreeMap<i64, Session<V>>,
}

/// The values of a key's sessions.
#[derive(Debug)]
pub struct InSessions;

impl Around for InSessions {
    type Of<V: Stored> = SessionsOfKey<V>;

    fn changed<Old: Stored, New: Stored>(
        whole: SessionsOfKey<Old>,
        change: &impl Fn(Old) -> New,
    ) -> SessionsOfKey<New> {
        let earlier = whole.earlier.into_iter();
        SessionsOfKey {
            latest: whole.latest.map(|session| session.map(change)),
            earlier: earlier
                .map(|(first_ms, session)| (first_ms, session.map(change)))
                .collect(),
        }
    }
}

impl<V> Default for SessionsOfKey<V> {
    fn default() -> Self {
        SessionsOfKey {
            latest: None,
            earlier: BTreeMap::new(),
        }
    }
}

impl<V> SessionsOfKey<V> {
    /// The place of an item's value: that of the session which the item belongs to.
    ///
    /// Where it belongs to two, they are joined later, by [`take_in`](Self::take_in).
    #[inline]
    pub(crate) fn slot(&mut self, time_ms: i64, rule: SessionRule) -> &mut Option<V> {
        let is_of_latest = self.latest.as_ref().is_some_and(|latest| {
            time_ms >= latest.first_ms && time_ms.saturating_sub(latest.last_ms) <= rule.reach_ms()
        });
        if !is_of_latest {
            return self.slot_elsewhere(time_ms, rule);
        }
        let latest = self
            .latest
            .get_or_insert_with(|| Session::at(time_ms, rule));
        latest.note(time_ms, rule);
        &mut latest.value
    }

    /// No two sessions begin at one moment: an item is of the last session that begins in front of it,
    /// if it is near enough, and otherwise of the first that begins behind it.
    #[inline(never)]
    fn slot_elsewhere(&mut self, time_ms: i64, rule: SessionRule) -> &mut Option<V> {
        let reach_ms = rule.reach_ms();
        let is_behind = |latest: &Session<V>| time_ms >= latest.first_ms;
        if self.latest.as_ref().is_none_or(is_behind) {
            let before = self.latest.replace(Session::at(time_ms, rule));
            self.earlier
                .extend(before.map(|before| (before.first_ms, before)));
            let latest = self
                .latest
                .get_or_insert_with(|| Session::at(time_ms, rule));
            return &mut latest.value;
        }
        let before = self.earlier.range(..=time_ms).next_back();
        let before = before
            .filter(|(_, session)| time_ms.saturating_sub(session.last_ms) <= reach_ms)
            .map(|(first_ms, _)| *first_ms);
        let behind = self.earlier.range(time_ms..).next();
        let near = |first_ms: i64| first_ms.saturating_sub(time_ms) <= reach_ms;
        let behind = behind.map(|(first_ms, _)| *first_ms);
        if before.is_none()
            && behind.is_none()
            && let Some(latest) = self.latest.as_mut().filter(|latest| near(latest.first_ms))
        {
            latest.note(time_ms, rule);
            return &mut latest.value;
        }
        let known = before.or_else(|| behind.filter(|first_ms| near(*first_ms)));
        let known = known.and_then(|first_ms| self.earlier.remove(&first_ms));
        let session = match known {
            Some(mut session) => {
                session.note(time_ms, rule);
                session
            }
            None => Session::at(time_ms, rule),
        };
        let place = self.earlier.entry(session.first_ms);
        &mut place.or_insert(session).value
    }

    /// Joins what another worker, or the time since the last round, has brought.
    pub(super) fn take_in<E>(
        &mut self,
        other: SessionsOfKey<V>,
        rule: SessionRule,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), E> {
        for session in other.earlier.into_values().chain(other.latest) {
            self.insert(session, rule.reach_ms(), combine)?;
        }
        Ok(())
    }

    /// Adds a session, and joins it to those that it touches.
    fn insert<E>(
        &mut self,
        mut session: Session<V>,
        reach_ms: i64,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(latest) = &mut self.latest else {
            self.latest = Some(session);
            return Ok(());
        };
        if session.first_ms > latest.last_ms.saturating_add(reach_ms) {
            let before = mem::replace(latest, session);
            self.earlier.insert(before.first_ms, before);
            return Ok(());
        }
        if session.last_ms.saturating_add(reach_ms) >= latest.first_ms {
            latest.join(session, combine)?;
            while let Some(before) = self.earlier.last_entry()
                && before.get().last_ms.saturating_add(reach_ms) >= latest.first_ms
            {
                latest.join(before.remove(), combine)?;
            }
            return Ok(());
        }
        let until_ms = session.last_ms.saturating_add(reach_ms);
        while let Some((first_ms, before)) = self.earlier.range(..=until_ms).next_back()
            && before.last_ms.saturating_add(reach_ms) >= session.first_ms
        {
            let first_ms = *first_ms;
            if let Some(before) = self.earlier.remove(&first_ms) {
                session.join(before, combine)?;
            }
        }
        self.earlier.insert(session.first_ms, session);
        Ok(())
    }

    fn sessions(&self) -> impl Iterator<Item = &Session<V>> + '_ {
        self.earlier.values().chain(&self.latest)
    }

    /// When the first session begins.
    pub(super) fn begin_ms(&self) -> Option<i64> {
        self.sessions().next().map(|session| session.first_ms)
    }

    /// When the first session ends, or a moment in front of that.
    pub(super) fn ends_from_ms(&self, rule: SessionRule) -> Option<i64> {
        let first = self.sessions().next()?;
        let longest_ms = rule.max_ms.unwrap_or(i64::MAX);
        let end_ms = first.last_ms.saturating_add(rule.gap_ms);
        Some(end_ms.min(first.first_ms.saturating_add(longest_ms)))
    }

    /// When the first session ends.
    fn end_ms(&self, rule: SessionRule) -> Option<i64> {
        let Some(max_ms) = rule.max_ms else {
            return self.ends_from_ms(rule);
        };
        let mut moments = self.sessions();
        let first = moments.next()?;
        let cut_ms = first.first_ms.saturating_add(max_ms);
        let mut end_ms = first.last_ms.saturating_add(rule.gap_ms);
        for moment in moments {
            if moment.first_ms > end_ms || moment.first_ms >= cut_ms {
                break;
            }
            end_ms = moment.last_ms.saturating_add(rule.gap_ms);
        }
        Some(end_ms.min(cut_ms))
    }

    fn pop_first(&mut self) -> Option<Session<V>> {
        let first = self.earlier.pop_first().map(|(_, session)| session);
        first.or_else(|| self.latest.take())
    }

    /// Takes the first session out if it has closed by then; otherwise says when it may close.
    pub(super) fn take_ended<E>(
        &mut self,
        rule: SessionRule,
        reached_ms: i64,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<Taken<V>, E> {
        let Some(end_ms) = self.end_ms(rule) else {
            return Ok(Taken::Nothing);
        };
        let closes_ms = end_ms.saturating_add(rule.delay_ms);
        if closes_ms > reached_ms {
            return Ok(Taken::ClosesAt(closes_ms));
        }
        let Some(mut session) = self.pop_first() else {
            return Ok(Taken::Nothing);
        };
        if let Some(max_ms) = rule.max_ms {
            let cut_ms = session.first_ms.saturating_add(max_ms);
            while let Some(begin_ms) = self.begin_ms()
                && begin_ms < cut_ms
                && begin_ms - session.last_ms <= rule.gap_ms
                && let Some(next) = self.pop_first()
            {
                session.join(next, combine)?;
            }
        }
        Ok(Taken::Ended(Ended {
            end_ms,
            span_ms: (session.first_ms, session.last_ms),
            value: session.value,
            n_late: if session.is_on_time {
                0
            } else {
                session.n_doubtful
            },
        }))
    }
}

/// What [`SessionsOfKey::take_ended`] has found.
#[derive(Debug)]
pub(super) enum Taken<V> {
    Ended(Ended<V>),
    /// The first session is open, at least until then.
    ClosesAt(i64),
    Nothing,
}

impl<V: Serialize> Serialize for SessionsOfKey<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let n_sessions = self.earlier.len() + usize::from(self.latest.is_some());
        let mut all = serializer.serialize_seq(Some(n_sessions))?;
        for session in self.sessions() {
            all.serialize_element(session)?;
        }
        all.end()
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for SessionsOfKey<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut all: Vec<Session<V>> = Vec::deserialize(deserializer)?;
        let latest = all.pop();
        let earlier = all.into_iter();
        Ok(SessionsOfKey {
            latest,
            earlier: earlier.map(|session| (session.first_ms, session)).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "that is how values are combined")]
    fn join(known: &mut Vec<i64>, other: Vec<i64>) -> Result<(), Infallible> {
        known.extend(other);
        Ok(())
    }

    /// Ends and times of the sessions, by going through the times in their order.
    fn reference(times: &[i64], gap: i64, max: Option<i64>) -> Vec<(i64, Vec<i64>)> {
        let mut times = times.to_vec();
        times.sort_unstable();
        let mut sessions: Vec<(i64, Vec<i64>)> = Vec::new();
        for time in times {
            let of_last = sessions.last_mut().filter(|(_, session)| {
                let is_near = session.last().is_some_and(|last| time - last <= gap);
                let is_short = max.is_none_or(|max| time < session[0] + max);
                is_near && is_short
            });
            match of_last {
                Some((_, session)) => session.push(time),
                None => sessions.push((0, vec![time])),
            }
        }
        for (end, session) in &mut sessions {
            let cut = max.map_or(i64::MAX, |max| session[0] + max);
            *end = cut.min(session[session.len() - 1] + gap);
        }
        sessions
    }

    proptest! {
        #[test]
        fn sessions_do_not_depend_on_who_has_read_what_in_which_order(
            items in vec((0_i64..200, 0_usize..3), 1..80),
            gap in 1_i64..12,
            max in option::of(1_i64..30),
        ) {
            let rule = SessionRule::new(gap, max, 0);
            let mut fresh: [SessionsOfKey<Vec<i64>>; 3] = Default::default();
            for (time, worker) in &items {
                let slot = fresh[*worker].slot(*time, rule);
                slot.get_or_insert_default().push(*time);
            }
            let mut all = SessionsOfKey::default();
            for fresh in fresh {
                let image = postcard::to_stdvec(&fresh).unwrap();
                let fresh = postcard::from_bytes(&image).unwrap();
                let Ok(()) = all.take_in(fresh, rule, &mut join);
            }
            let times: Vec<i64> = items.iter().map(|(time, _)| *time).collect();
            for (end, session) in reference(&times, gap, max) {
                let Ok(early) = all.take_ended(rule, end - 1, &mut join);
                prop_assert!(matches!(early, Taken::ClosesAt(at) if at == end), "{early:?} at {end}");
                let Ok(Taken::Ended(ended)) = all.take_ended(rule, end, &mut join) else {
                    panic!("a session ends at {end}");
                };
                let mut found = ended.value.unwrap();
                found.sort_unstable();
                prop_assert_eq!((ended.end_ms, found), (end, session));
            }
            let Ok(rest) = all.take_ended(rule, i64::MAX, &mut join);
            prop_assert!(matches!(rest, Taken::Nothing));
        }
    }
}
