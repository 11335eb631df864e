//! Decides up to where the records' own time is complete.
//!
//! ```text
//!   partition 0  ──────────────●  latest 12:07   ─┐
//!   partition 1  ────────●        latest 12:03   ─┼─ the least of them - lag = watermark 12:02
//!   partition 2  ──●              idle: not waited for
//! ```
//!
//! The workers bring what they have seen to each round, and it is decided there: so all of them go by
//! the same watermark, and a record is late or not by the watermark of the round before it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::sharing::OfSource;
use crate::plan::{self, Plan, Role};
use crate::time::calendar::Calendar;

/// How long to wait before looking again at a partition that is silent, and not read to its end.
const LOOK_AGAIN_MS: i64 = 1_000;

/// In front of all time: nothing is complete yet.
pub(crate) const NOTHING_MS: i64 = i64::MIN;

/// How far a partition has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// There is more of it than has been read.
    Behind,
    /// It has been read to its end, and may go on.
    CaughtUp,
    /// Nothing more will come of it.
    Ended,
}

/// What a worker has seen of a partition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// The latest time of its records.
    pub(crate) latest_ms: Option<i64>,
    /// When it last gave a record, by the clock.
    pub(crate) heard_ms: i64,
    pub(crate) standing: Standing,
}

/// The watermark of one stage that gives items a time of their own.
#[derive(Debug)]
pub(crate) struct Watermark {
    lag_ms: i64,
    idle_ms: i64,
    /// When the run began: partitions that have given nothing yet are silent since then.
    begun_ms: i64,
    partitions: BTreeMap<OfSource, Seen>,
    /// What a checkpoint has of partitions, by their sources.
    restored: Vec<(usize, Latest)>,
    reached_ms: i64,
    /// Whether the input has ended, and so all time is complete.
    is_over: bool,
}

impl Watermark {
    pub(crate) fn new(lag_ms: i64, idle_ms: i64, begun_ms: i64) -> Self {
        Watermark {
            lag_ms,
            idle_ms,
            begun_ms,
            partitions: BTreeMap::new(),
            restored: Vec::new(),
            reached_ms: NOTHING_MS,
            is_over: false,
        }
    }

    /// Takes in what a worker has seen of a partition: nothing of it ever goes back.
    pub(crate) fn bring(&mut self, partition: OfSource, brought: Seen) {
        let restored = &self.restored;
        let known = self.partitions.entry(partition).or_insert_with_key(|key| {
            let restored = restored
                .iter()
                .find(|(source, latest)| latest.is_of(*source, key));
            Seen {
                latest_ms: restored.map(|(_, latest)| latest.time_ms),
                heard_ms: self.begun_ms,
                standing: brought.standing,
            }
        });
        known.latest_ms = known.latest_ms.max(brought.latest_ms);
        known.heard_ms = known.heard_ms.max(brought.heard_ms);
        known.standing = brought.standing;
    }

    fn is_idle(&self, seen: &Seen, now_ms: i64) -> bool {
        match seen.standing {
            Standing::Ended => true,
            Standing::CaughtUp => now_ms >= self.silent_at_ms(seen),
            Standing::Behind => false,
        }
    }

    fn silent_at_ms(&self, seen: &Seen) -> i64 {
        seen.heard_ms.saturating_add(self.idle_ms)
    }

    /// Moves the watermark, never back: to the least of the partitions that are not idle. Where all
    /// are, it stays.
    pub(crate) fn advance(&mut self, now_ms: i64) {
        let waited_for = self.partitions.values();
        let waited_for = waited_for.filter(|seen| !self.is_idle(seen, now_ms));
        // A partition that has given nothing yet holds all others back.
        let latest_ms = waited_for.map(|seen| seen.latest_ms).min().flatten();
        if let Some(latest_ms) = latest_ms {
            self.reached_ms = self.reached_ms.max(latest_ms.saturating_sub(self.lag_ms));
        }
    }

    /// Notes that nothing more will come: all time is complete.
    pub(crate) fn end(&mut self) {
        self.is_over = true;
    }

    /// Up to where time is complete, in the round at hand.
    pub(crate) fn reached_ms(&self) -> i64 {
        if self.is_over {
            i64::MAX
        } else {
            self.reached_ms
        }
    }

    /// When a partition may become idle that is not yet, by the clock.
    pub(crate) fn next_look_ms(&self, now_ms: i64) -> Option<i64> {
        let waited_for = self.partitions.values();
        let waited_for = waited_for.filter(|seen| !self.is_idle(seen, now_ms));
        let look_ms = |seen| {
            let silent_at_ms = self.silent_at_ms(seen);
            if silent_at_ms > now_ms {
                silent_at_ms
            } else {
                now_ms.saturating_add(LOOK_AGAIN_MS)
            }
        };
        waited_for.map(look_ms).min()
    }
}

/// What a checkpoint has of a watermark.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Image {
    reached_ms: i64,
    latest: Vec<Latest>,
}

/// The latest time of a partition's records.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Latest {
    source: String,
    topic: String,
    partition: i32,
    time_ms: i64,
}

impl Latest {
    fn is_of(&self, source: usize, (of_source, name): &OfSource) -> bool {
        source == *of_source && *self.topic == *name.topic && self.partition == name.partition
    }
}

/// All watermarks of a run.
#[derive(Debug)]
pub(crate) struct Watermarks {
    /// By the stages that give items a time.
    stages: BTreeMap<usize, OfStage>,
    known: Mutex<BTreeMap<usize, Watermark>>,
}

/// What does not change while a run lasts.
#[derive(Debug)]
struct OfStage {
    lag_ms: i64,
    /// The sources that its records come from.
    sources: Vec<usize>,
    /// The steps of the windows that go by its time, and how late they close.
    windows: Vec<(Calendar, i64)>,
}

impl Watermarks {
    pub(crate) fn new(plan: &Plan, begun_ms: i64) -> Self {
        let mut stages = BTreeMap::new();
        let mut known = BTreeMap::new();
        for (number, stage) in plan.stages.iter().enumerate() {
            if let Role::EventTime {
                lag_ms, idle_ms, ..
            } = stage.role
            {
                let (lag_ms, idle_ms) = (wide(lag_ms), wide(idle_ms));
                let of_stage = OfStage {
                    lag_ms,
                    sources: sources(plan, number),
                    windows: windows(plan, number),
                };
                stages.insert(number, of_stage);
                known.insert(number, Watermark::new(lag_ms, idle_ms, begun_ms));
            }
        }
        let known = Mutex::new(known);
        Watermarks { stages, known }
    }

    /// Whether any stage gives items a time of their own.
    pub(crate) fn has_any(&self) -> bool {
        !self.stages.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, Watermark>> {
        // A worker that panicked ends the run; what is in here is whole at any moment.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what a worker has seen, stage by stage.
    pub(crate) fn bring(&self, brought: impl Iterator<Item = (usize, OfSource, Seen)>) {
        let mut known = self.lock();
        for (stage, partition, seen) in brought {
            if let Some(watermark) = known.get_mut(&stage) {
                watermark.bring(partition, seen);
            }
        }
    }

    /// The stages that the records of a source reach.
    pub(crate) fn behind(&self, source: usize) -> impl Iterator<Item = usize> + '_ {
        let stages = self.stages.iter();
        stages
            .filter(move |(_, stage)| stage.sources.contains(&source))
            .map(|(number, _)| *number)
    }

    /// Moves all watermarks, when the workers have met; gives when to look at them again.
    pub(crate) fn advance(&self, now_ms: i64) -> i64 {
        let mut known = self.lock();
        let looks = known.values_mut().filter_map(|watermark| {
            watermark.advance(now_ms);
            watermark.next_look_ms(now_ms)
        });
        looks.min().unwrap_or(i64::MAX)
    }

    /// Ends all time with the input.
    pub(crate) fn end(&self) {
        self.lock().values_mut().for_each(Watermark::end);
    }

    /// When to look at the watermarks for the first time.
    pub(crate) fn first_look_ms(&self) -> i64 {
        let known = self.lock();
        let looks = known.values();
        let looks = looks.map(|watermark| watermark.begun_ms.saturating_add(watermark.idle_ms));
        looks.min().unwrap_or(i64::MAX)
    }

    /// Up to where time is complete by all of these stages.
    pub(crate) fn reached_ms(&self, stages: &[usize]) -> i64 {
        let known = self.lock();
        let reached = stages.iter().filter_map(|stage| known.get(stage));
        let reached = reached.map(Watermark::reached_ms);
        reached.min().unwrap_or(NOTHING_MS)
    }

    /// Whether a window might close now that a partition's latest time has moved on.
    pub(crate) fn may_close(&self, stage: usize, before_ms: Option<i64>, latest_ms: i64) -> bool {
        let Some(OfStage {
            lag_ms, windows, ..
        }) = self.stages.get(&stage)
        else {
            return false;
        };
        let step_of = |time_ms: i64, (steps, delay_ms): &(Calendar, i64)| {
            steps.begin_of(time_ms.saturating_sub(*lag_ms).saturating_sub(*delay_ms))
        };
        windows.iter().any(|window| {
            before_ms
                .is_none_or(|before_ms| step_of(before_ms, window) < step_of(latest_ms, window))
        })
    }

    /// The watermark of a stage as a checkpoint keeps it.
    pub(crate) fn image(
        &self,
        stage: usize,
        source_name: impl Fn(usize) -> String,
    ) -> Result<Vec<u8>, postcard::Error> {
        let known = self.lock();
        let Some(watermark) = known.get(&stage) else {
            return Ok(Vec::new());
        };
        let partitions = watermark.partitions.iter();
        let latest = partitions.filter_map(|((source, name), seen)| {
            Some(Latest {
                source: source_name(*source),
                topic: name.topic.to_string(),
                partition: name.partition,
                time_ms: seen.latest_ms?,
            })
        });
        // Not the end of all time: a later run goes on behind what this one has read.
        postcard::to_stdvec(&Image {
            reached_ms: watermark.reached_ms,
            latest: latest.collect(),
        })
    }

    /// Goes on from what a checkpoint has.
    pub(crate) fn restore(
        &self,
        stage: usize,
        bytes: &[u8],
        source_of: impl Fn(&str) -> Option<usize>,
    ) -> Result<(), postcard::Error> {
        let Image { reached_ms, latest } = postcard::from_bytes(bytes)?;
        if let Some(watermark) = self.lock().get_mut(&stage) {
            watermark.reached_ms = reached_ms;
            watermark.restored = latest
                .into_iter()
                .filter_map(|latest| Some((source_of(&latest.source)?, latest)))
                .collect();
        }
        Ok(())
    }
}

fn wide(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// The sources whose records reach a stage.
fn sources(plan: &Plan, number: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut next = vec![number];
    while let Some(number) = next.pop() {
        if let Some(stage) = plan.stages.get(number) {
            if stage.role == Role::Source {
                found.push(number);
            }
            next.extend(stage.inputs);
        }
    }
    found
}

/// The steps of the windows that go by the time of a stage, and how late they close.
fn windows(plan: &Plan, number: usize) -> Vec<(Calendar, i64)> {
    let stages = plan.stages.iter();
    let windows = stages.filter_map(|stage| match stage.role {
        Role::Aggregate {
            every_ms,
            steps,
            event: Some(event),
            ..
        } if event.times.contains(&number) => {
            let steps = Calendar::of(plan::step_ends(every_ms, steps));
            Some((steps, event.delay_ms()))
        }
        Role::Aggregate { .. }
        | Role::Ordered { .. }
        | Role::EventTime { .. }
        | Role::Source
        | Role::Stateless
        | Role::Sink => None,
    });
    windows.collect()
}

#[cfg(test)]
mod tests;
