//! What the closures of `process { … }` get to answer with.

use std::fmt;
use std::time::Duration;

/// The last parameter of `on_record` and `on_timer`: what they give, and the timers of their key.
///
/// Times are milliseconds since the Unix epoch. Behind an `event_time` stage they are times of the
/// records, elsewhere those of the clock.
///
/// ```text
/// process {
///     count: u64 = 0,
///     on_record: |user, _page, state, out| {
///         state.count += 1;
///         out.after(Duration::from_secs(1_800));
///     },
///     on_timer: |user, _at, state, out| {
///         out.emit((user.to_owned(), state.count));
///         out.forget();
///     },
/// } forever as visits
/// ```
pub struct Out<T> {
    /// Most turns give one item at most, for which no memory is asked.
    first: Option<T>,
    more: Vec<T>,
    pub(crate) changes: Vec<Change>,
    pub(crate) moment: Moment,
}

/// What becomes of a key and its timers behind a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Set(i64),
    Cancel(i64),
    Forget,
}

/// What a closure is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    Record,
    Timer,
}

/// When a closure is called, by each of the times there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) caller: Caller,
    pub(crate) time_ms: i64,
    pub(crate) now_ms: i64,
    pub(crate) watermark_ms: i64,
}

impl<T> fmt::Debug for Out<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Out")
            .field("moment", &self.moment)
            .finish_non_exhaustive()
    }
}

impl<T> Out<T> {
    pub(crate) fn new(moment: Moment) -> Self {
        Out {
            first: None,
            more: Vec::new(),
            changes: Vec::new(),
            moment,
        }
    }

    /// Gives an item to the stages behind. It has the time of the record, or of the timer.
    #[inline]
    pub fn emit(&mut self, item: T) {
        if self.first.is_none() {
            self.first = Some(item);
        } else {
            self.more.push(item);
        }
    }

    /// Sets a timer of the key for a time, in milliseconds since the Unix epoch.
    ///
    /// A time has one timer: setting it again changes nothing. One for a time that has passed fires
    /// in the round at hand, behind its records.
    pub fn at(&mut self, at_ms: i64) {
        self.changes.push(Change::Set(at_ms));
    }

    /// Sets a timer for so long behind [`time`](Out::time).
    pub fn after(&mut self, wait: Duration) {
        let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        self.at(self.moment.time_ms.saturating_add(wait_ms));
    }

    /// Takes back the timer of the key that is set for a time, if there is one.
    pub fn cancel(&mut self, at_ms: i64) {
        self.changes.push(Change::Cancel(at_ms));
    }

    /// Forgets the key when the closure returns: its fields, and all its timers. With its next record
    /// it begins anew.
    pub fn forget(&mut self) {
        self.changes.push(Change::Forget);
    }

    /// The time of the record, or of the timer, in milliseconds since the Unix epoch; where there is no
    /// event time, that of the clock.
    ///
    /// A record that is too far in front of the clock (`future 10m`) has no time that counts: it is
    /// `i64::MAX` then.
    #[must_use]
    pub fn time(&self) -> i64 {
        self.moment.time_ms
    }

    /// The time of the clock, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.moment.now_ms
    }

    /// Up to where event time is complete, in milliseconds since the Unix epoch: a record with an
    /// earlier time is late.
    ///
    /// It is `i64::MIN` where nothing is known yet or there is no event time, and `i64::MAX` when the
    /// input has ended. For a record it is the watermark in front of its round, as the record itself
    /// moves it only then.
    #[must_use]
    pub fn watermark(&self) -> i64 {
        self.moment.watermark_ms
    }

    /// What has been given, in order.
    pub(crate) fn into_items(self) -> impl Iterator<Item = T> {
        self.first.into_iter().chain(self.more)
    }
}
