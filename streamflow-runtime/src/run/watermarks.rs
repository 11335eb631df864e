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
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::sharing::OfSource;
use crate::plan::{self, Plan, Role, Steps, Within};
use crate::time::calendar::{Calendar, Ends};

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
    /// The latest time of items that have come in rounds.
    of_rounds_ms: Option<i64>,
    /// What a checkpoint has of partitions, by their sources.
    restored: Vec<(usize, Latest)>,
    reached_ms: i64,
    /// Whether no partition is waited for: all were idle, or had ended, when the watermark was last moved.
    is_silent: bool,
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
            of_rounds_ms: None,
            restored: Vec::new(),
            reached_ms: NOTHING_MS,
            is_silent: false,
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

    /// Takes in the latest time of items that a round has brought; whether it is later than all
    /// others.
    pub(crate) fn bring_of_round(&mut self, time_ms: i64) -> bool {
        let is_later = self.of_rounds_ms < Some(time_ms);
        self.of_rounds_ms = self.of_rounds_ms.max(Some(time_ms));
        is_later
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
        self.is_silent = if self.partitions.is_empty() {
            // Items that come in rounds have no partitions, and are never waited for too long.
            self.of_rounds_ms.is_none() && now_ms >= self.begun_ms.saturating_add(self.idle_ms)
        } else {
            let mut partitions = self.partitions.values();
            partitions.all(|seen| self.is_idle(seen, now_ms))
        };
        let waited_for = self.partitions.values();
        let waited_for = waited_for.filter(|seen| !self.is_idle(seen, now_ms));
        // A partition that has given nothing yet holds all others back.
        let latest_ms = waited_for.map(|seen| seen.latest_ms).min().flatten();
        // Items come in rounds or with their records, and never in both ways.
        let latest_ms = latest_ms.or(self.of_rounds_ms);
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

    /// The latest time of all records so far.
    fn latest_ms(&self) -> Option<i64> {
        self.partitions
            .values()
            .filter_map(|seen| seen.latest_ms)
            .max()
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
    is_silent: bool,
    /// How far stages have come together with others, by what checkpoints call them.
    together: Vec<(Vec<String>, i64)>,
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
    /// How far several stages have come together: never back, although one that was silent goes on.
    together: Mutex<BTreeMap<Vec<usize>, i64>>,
}

/// What does not change while a run lasts.
#[derive(Debug)]
struct OfStage {
    lag_ms: i64,
    /// The sources that its records come from; none where its items come in rounds.
    sources: Vec<usize>,
    /// The steps of the windows that go by its time, and how late they close.
    windows: Vec<(Calendar, i64)>,
    /// Which watermark the next timer of a `process` waits for.
    next_timer_ms: AtomicI64,
}

impl Watermarks {
    pub(crate) fn new(plan: &Plan, begun_ms: i64) -> Self {
        let mut stages = BTreeMap::new();
        let mut known = BTreeMap::new();
        for (number, stage) in plan.stages.iter().enumerate() {
            if let Role::EventTime {
                lag_ms,
                idle_ms,
                in_rounds,
                ..
            } = stage.role
            {
                let (lag_ms, idle_ms) = (wide(lag_ms), wide(idle_ms));
                let of_stage = OfStage {
                    lag_ms,
                    sources: if in_rounds {
                        Vec::new()
                    } else {
                        sources(plan, number)
                    },
                    windows: windows(plan, number),
                    next_timer_ms: AtomicI64::new(i64::MAX),
                };
                stages.insert(number, of_stage);
                known.insert(number, Watermark::new(lag_ms, idle_ms, begun_ms));
            }
        }
        Watermarks {
            stages,
            known: Mutex::new(known),
            together: Mutex::default(),
        }
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

    /// Takes in the latest time of the items that a round has brought to a stage; whether it is later
    /// than all before it.
    pub(crate) fn bring_of_round(&self, stage: usize, time_ms: i64) -> bool {
        let mut known = self.lock();
        known
            .get_mut(&stage)
            .is_some_and(|watermark| watermark.bring_of_round(time_ms))
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
        for stage in self.stages.values() {
            // The stages say anew when their next timers fire.
            stage.next_timer_ms.store(i64::MAX, Ordering::Release);
        }
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
        let looks = known.iter().filter(|(stage, _)| {
            let of_stage = self.stages.get(stage);
            of_stage.is_some_and(|stage| !stage.sources.is_empty())
        });
        let looks =
            looks.map(|(_, watermark)| watermark.begun_ms.saturating_add(watermark.idle_ms));
        looks.min().unwrap_or(i64::MAX)
    }

    /// Up to where time is complete by all of these stages; those whose partitions are all idle are not
    /// waited for, unless nothing else is there. It does not go back when such a stage goes on.
    pub(crate) fn reached_ms(&self, stages: &[usize]) -> i64 {
        let reached_ms = self.least_of_awake_ms(stages);
        // The end of all time is of this run alone.
        if stages.len() < 2 || reached_ms == i64::MAX {
            return reached_ms;
        }
        let mut together = self.lock_together();
        match together.get_mut(stages) {
            Some(known_ms) => {
                *known_ms = reached_ms.max(*known_ms);
                *known_ms
            }
            None => *together.entry(stages.to_vec()).or_insert(reached_ms),
        }
    }

    fn lock_together(&self) -> MutexGuard<'_, BTreeMap<Vec<usize>, i64>> {
        self.together.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn least_of_awake_ms(&self, stages: &[usize]) -> i64 {
        let known = self.lock();
        let of_stages = || stages.iter().filter_map(|stage| known.get(stage));
        let awake = of_stages().filter(|watermark| !watermark.is_silent);
        let awake_ms = awake.map(Watermark::reached_ms).min();
        let reached_ms = awake_ms.or_else(|| of_stages().map(Watermark::reached_ms).min());
        reached_ms.unwrap_or(NOTHING_MS)
    }

    /// Whether all partitions behind these stages are idle, or have ended.
    pub(crate) fn are_silent(&self, stages: &[usize]) -> bool {
        let known = self.lock();
        let mut of_stages = stages.iter().filter_map(|stage| known.get(stage));
        of_stages.all(|watermark| watermark.is_silent)
    }

    /// Up to where time is complete by all stages; `None` where nothing is yet.
    pub(crate) fn least_ms(&self) -> Option<i64> {
        let known = self.lock();
        let least = known.values().map(Watermark::reached_ms).min();
        least.filter(|least| *least != NOTHING_MS)
    }

    /// The latest time of all records so far, by these stages.
    pub(crate) fn latest_ms(&self, stages: &[usize]) -> i64 {
        let known = self.lock();
        let known = stages.iter().filter_map(|stage| known.get(stage));
        let latest = known.filter_map(Watermark::latest_ms);
        latest.max().unwrap_or(NOTHING_MS)
    }

    /// Calls for a round when the watermark may have come to a time, at which a timer fires. Said anew
    /// in each round.
    pub(crate) fn wake_at(&self, stages: &[usize], timer_ms: i64) {
        for stage in stages.iter().filter_map(|stage| self.stages.get(stage)) {
            stage.next_timer_ms.fetch_min(timer_ms, Ordering::AcqRel);
        }
    }

    /// Whether a window might close, or a timer fire, now that a partition's latest time has moved on.
    pub(crate) fn may_close(&self, stage: usize, before_ms: Option<i64>, latest_ms: i64) -> bool {
        let Some(OfStage {
            lag_ms,
            windows,
            next_timer_ms,
            ..
        }) = self.stages.get(&stage)
        else {
            return false;
        };
        if latest_ms.saturating_sub(*lag_ms) >= next_timer_ms.load(Ordering::Acquire) {
            return true;
        }
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
        state_name: impl Fn(usize) -> String,
    ) -> Result<Vec<u8>, postcard::Error> {
        // What several stages have reached together stands with the first of them.
        let together = self.lock_together();
        let of_first = together
            .iter()
            .filter(|(all, _)| all.first() == Some(&stage));
        let together = of_first
            .map(|(all, reached_ms)| (all.iter().copied().map(&state_name).collect(), *reached_ms))
            .collect();
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
        let of_rounds = watermark.of_rounds_ms.map(|time_ms| Latest {
            source: String::new(),
            topic: String::new(),
            partition: 0,
            time_ms,
        });
        // Not the end of all time: a later run goes on behind what this one has read.
        postcard::to_stdvec(&Image {
            reached_ms: watermark.reached_ms,
            latest: latest.chain(of_rounds).collect(),
            is_silent: watermark.is_silent,
            together,
        })
    }

    /// Goes on from what a checkpoint has.
    pub(crate) fn restore(
        &self,
        stage: usize,
        bytes: &[u8],
        source_of: impl Fn(&str) -> Option<usize>,
        stage_of: impl Fn(&str) -> Option<usize>,
    ) -> Result<(), postcard::Error> {
        let Image {
            reached_ms,
            latest,
            is_silent,
            together,
        } = postcard::from_bytes(bytes).or_else(|_| {
            // As it was when streams that fall silent were waited for.
            let (reached_ms, latest) = postcard::from_bytes(bytes)?;
            Ok::<_, postcard::Error>(Image {
                reached_ms,
                latest,
                ..Image::default()
            })
        })?;
        for (names, reached_ms) in together {
            let stages: Option<Vec<usize>> = names.iter().map(|name| stage_of(name)).collect();
            // With another stage among them it is the time of something else.
            if let Some(stages) = stages {
                self.lock_together().insert(stages, reached_ms);
            }
        }
        if let Some(watermark) = self.lock().get_mut(&stage) {
            watermark.reached_ms = reached_ms;
            watermark.is_silent = is_silent;
            // No source has an empty name.
            let of_rounds = latest.iter().filter(|latest| latest.source.is_empty());
            watermark.of_rounds_ms = of_rounds.map(|latest| latest.time_ms).max();
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
pub(super) fn sources(plan: &Plan, number: usize) -> Vec<usize> {
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
    let multiples = |every_ms: u64| Calendar::of(Ends::of_multiples(every_ms));
    let stages = plan.stages.iter();
    let windows = stages.filter_map(|stage| match stage.role {
        Role::Aggregate {
            every_ms,
            steps,
            event: Some(event),
            ..
        } if event.times.contains(&number) => {
            let ends = match steps {
                // A session may close at any moment, and any item may be complete.
                Some(Steps::Session { .. } | Steps::Sliding) => Ends::of_multiples(1),
                _ => plan::step_ends(every_ms, steps),
            };
            Some((Calendar::of(ends), event.delay_ms()))
        }
        // Items that wait for a version may go on whenever time does.
        Role::LookUp {
            as_of: Some(as_of), ..
        } if as_of.table.times.contains(&number) || as_of.stream.times.contains(&number) => {
            Some((multiples(1), 0))
        }
        // A key is kept by an eighth of its time longer at most.
        Role::Ordered {
            ttl_ms: Some(ttl_ms),
            event: Some(event),
            ..
        } if event.times.contains(&number) => Some((multiples(ttl_ms / 8), event.delay_ms())),
        // Often enough that items are kept by an eighth of the range longer at most.
        Role::Ordered {
            within:
                Some(Within {
                    from_ms,
                    to_ms,
                    event: Some(event),
                }),
            ..
        } if event.times.contains(&number) => {
            let step_ms = to_ms.saturating_sub(from_ms) / 8;
            let step_ms = step_ms.clamp(1, LOOK_AGAIN_MS).unsigned_abs();
            Some((multiples(step_ms), event.delay_ms()))
        }
        Role::Aggregate { .. }
        | Role::Ordered { .. }
        | Role::Table { .. }
        | Role::LookUp { .. }
        | Role::EventTime { .. }
        | Role::Source
        | Role::Stateless
        | Role::Sink => None,
    });
    windows.collect()
}

#[cfg(test)]
mod tests;
