//! The time that a reference goes by: the clock of the test, and a watermark that is computed anew from
//! the latest times of all partitions.

use streamflow::Window;

use crate::program::{Seen, Told};

/// When the clock of a test begins.
const BEGINNING_MS: i64 = 1_767_225_600_000;

/// After how long a silent partition is not waited for, as the jobs say it.
const IDLE_S: i64 = 10;

/// How far in front of the clock a time may be, as the jobs say it.
const FUTURE_S: i64 = 30;

/// A watermark that nothing has moved yet.
pub(crate) const NEVER_S: i64 = i64::MIN / 2;

/// The value of a record as its own time: seconds since the beginning.
pub(crate) fn time(value: u64) -> i64 {
    BEGINNING_MS + i64::try_from(value).expect("a small number") * 1_000
}

/// From when to when a window is, in seconds since the beginning.
pub(crate) fn bounds(window: Window) -> String {
    let since_s = |ms: i64| (ms - BEGINNING_MS) / 1_000;
    in_seconds(since_s(window.start_ms()), since_s(window.end_ms()))
}

/// The same of a window whose bounds are known.
pub(crate) fn in_seconds(start_s: i64, end_s: i64) -> String {
    format!("{start_s}..{end_s}")
}

/// The watermark of a stream.
pub(crate) struct Watermark {
    lag_s: i64,
    pub(crate) now_s: i64,
    pub(crate) reached_s: i64,
    /// Whether no partition is waited for.
    pub(crate) is_silent: bool,
    /// The latest time of each partition, and when it gave one.
    partitions: Vec<(Option<i64>, i64)>,
}

impl Watermark {
    pub(crate) fn new(lag_s: i64, partitions: usize) -> Self {
        Watermark {
            lag_s,
            now_s: 0,
            reached_s: NEVER_S,
            is_silent: false,
            partitions: vec![(None, 0); partitions],
        }
    }

    /// What the clock says. A run that goes on waits anew for partitions that are silent.
    pub(crate) fn tell(&mut self, told: &Told<'_>) {
        match told {
            Told::Fed(_) => {}
            Told::Second(second) => {
                self.now_s = i64::try_from(*second).expect("a small number") + 1;
            }
            Told::Restarted(second) => {
                let now_s = i64::try_from(*second).expect("a small number");
                let partitions = self.partitions.iter_mut();
                partitions.for_each(|(_, heard_s)| *heard_s = now_s);
            }
        }
    }

    /// The own time of a record, unless it is too far in the future.
    pub(crate) fn own_s(&self, seen: &Seen) -> Option<i64> {
        let time_s = i64::try_from(seen.value).expect("a small number");
        (time_s <= self.now_s + FUTURE_S).then_some(time_s)
    }

    /// Takes in the time of a record; it counts when the watermark is moved.
    pub(crate) fn hear(&mut self, seen: &Seen, time_s: i64) {
        let partition = usize::try_from(seen.partition).expect("a partition");
        let known = &mut self.partitions[partition];
        *known = (known.0.max(Some(time_s)), self.now_s);
    }

    /// Moves it, never back: to the least of the partitions that are not idle.
    pub(crate) fn advance(&mut self) {
        let waited_for = self.partitions.iter();
        let waited_for = waited_for.filter(|(_, heard_s)| self.now_s - heard_s < IDLE_S);
        let latest: Vec<Option<i64>> = waited_for.map(|(latest_s, _)| *latest_s).collect();
        self.is_silent = latest.is_empty();
        if let Some(Some(least_s)) = latest.into_iter().min() {
            self.reached_s = self.reached_s.max(least_s - self.lag_s);
        }
    }
}
