//! One worker's part in event time: the latest times of its partitions, which it brings to each round,
//! and when a round is called for.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Worker;
use crate::run::sharing::OfSource;
use crate::run::watermarks::{Seen, Standing};
use crate::source::Reader;

/// Rounds for the watermark's sake are no closer to each other.
const APART: Duration = Duration::from_millis(20);

/// How often a reader with records at hand is asked how far it has come.
const ASKED_EVERY: Duration = Duration::from_secs(1);

/// What a worker has seen of its partitions.
#[derive(Debug)]
pub(super) struct Times {
    /// By the stages that give items a time.
    latest: BTreeMap<(usize, OfSource), Latest>,
    /// When each source was last asked how far it has been read.
    asked: BTreeMap<usize, Instant>,
    /// Whether a window might close in a round.
    is_due: bool,
    last_round: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Latest {
    time_ms: i64,
    heard_ms: i64,
}

impl Times {
    pub(super) fn new() -> Self {
        Times {
            latest: BTreeMap::new(),
            asked: BTreeMap::new(),
            is_due: false,
            last_round: Instant::now(),
        }
    }
}

impl Worker<'_> {
    /// Takes in the latest time that a stage has seen in the block at hand.
    pub(crate) fn heard(&mut self, stage: usize, time_ms: i64) {
        let Some(name) = self.positions.current(self.source).cloned() else {
            return;
        };
        let heard_ms = self.run.clock.now_ms();
        let partition = (stage, (self.source, name));
        let before = self.times.latest.get(&partition).copied();
        let before_ms = before.map(|before| before.time_ms);
        let time_ms = before_ms.map_or(time_ms, |before_ms| before_ms.max(time_ms));
        let latest = Latest { time_ms, heard_ms };
        self.times.latest.insert(partition, latest);
        if self.run.is_test() {
            // Under test a round has all that was fed together.
            self.run.items_wait.store(true, Ordering::Release);
        } else if self.run.watermarks.may_close(stage, before_ms, time_ms) {
            self.times.is_due = true;
        }
    }

    /// Takes in the latest time of the items that a round has brought to a stage. It counts from the
    /// next round on, for which it calls.
    pub(crate) fn heard_in_round(&mut self, stage: usize, time_ms: i64) {
        if !self.run.watermarks.bring_of_round(stage, time_ms) {
            return;
        }
        if self.run.is_test() {
            self.run.times_wait.store(true, Ordering::Release);
        } else {
            self.times.is_due = true;
        }
    }

    /// Calls for a round in which windows may close, if it is time for one.
    pub(super) fn call_for_watermark(&self) {
        if self.times.is_due && self.times.last_round.elapsed() >= APART {
            self.run.rounds.request();
        }
    }

    /// Asks a reader how far it has read its partitions, now and then.
    pub(super) fn ask_where_it_stands<R: Reader>(&mut self, reader: &R, stage: usize) {
        if !self.run.watermarks.has_any() {
            return;
        }
        let asked = self.times.asked.get(&stage);
        if self.idle || asked.is_none_or(|asked| asked.elapsed() >= ASKED_EVERY) {
            self.times.asked.insert(stage, Instant::now());
            self.positions
                .stand(stage, |place| reader.is_caught_up(place));
        }
    }

    /// Brings what has been seen to a round, before it is joined.
    pub(super) fn bring_times(&mut self) {
        let watermarks = &self.run.watermarks;
        if !watermarks.has_any() {
            return;
        }
        self.times.is_due = false;
        self.times.last_round = Instant::now();
        let latest = &self.times.latest;
        let brought = self
            .positions
            .standings()
            .flat_map(|(partition, standing)| {
                let stages = watermarks.behind(partition.0);
                stages.map(move |stage| {
                    let latest = latest.get(&(stage, partition.clone()));
                    let seen = Seen {
                        latest_ms: latest.map(|latest| latest.time_ms),
                        heard_ms: latest.map_or(i64::MIN, |latest| latest.heard_ms),
                        standing,
                    };
                    (stage, partition.clone(), seen)
                })
            });
        watermarks.bring(brought);
    }
}

/// How far a partition has been read, as its reader says.
pub(super) fn standing(has_ended: bool, is_caught_up: bool) -> Standing {
    match (has_ended, is_caught_up) {
        (true, _) => Standing::Ended,
        (false, true) => Standing::CaughtUp,
        (false, false) => Standing::Behind,
    }
}
