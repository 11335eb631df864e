//! What the workers of one run share: its settings, its clock, its rounds, what it keeps.

pub(crate) mod kept;
mod memory;
mod places;
mod rounds;
mod saving;
mod settle;
pub(crate) mod sharing;
mod tables;
mod under_test;
pub(crate) mod watermarks;
mod zones;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use crate::checkpoint::{Checkpoint, StateImage, Store};
use crate::config::RunConfig;
use crate::connection::Connection;
use crate::error::{Code, Error, Result};
use crate::history::History;
use crate::plan::{self, OnError, Plan, Role, Stage};
use crate::shutdown::StopSignal;
use crate::sink::Sink;
use crate::source::PartitionName;
use crate::time::Clock;
use crate::time::calendar::{Calendar, Ends};

pub(crate) use kept::{Kept, is_named};
use memory::Memory;
pub(crate) use memory::give_back;
use places::Places;
pub(crate) use rounds::{Joining, Rounds};
use rounds::{Moments, Saves};
use saving::Saving;
use settle::Collected;
pub(crate) use settle::Image;
use sharing::Sharing;
use tables::Tables;
use under_test::UnderTest;
use watermarks::Watermarks;

/// The number that the next run of this process gets.
static RUNS: AtomicU64 = AtomicU64::new(1);

/// What the workers of one run share.
#[derive(Debug)]
pub(crate) struct Run {
    /// Tells the runs of a process apart; a later one has a higher number.
    pub(crate) number: u64,
    pub(crate) plan: &'static Plan,
    pub(crate) config: RunConfig,
    pub(crate) clock: Clock,
    pub(crate) connection: Connection,
    pub(crate) stop: StopSignal,
    pub(crate) rounds: Rounds,
    sinks: Vec<Arc<dyn Sink>>,
    restored: Option<Checkpoint>,
    store: Option<Mutex<Store>>,
    pub(crate) saving: Saving,
    pub(crate) sharing: Sharing,
    pub(crate) memory: Memory,
    pub(crate) places: Places,
    /// What a test has asked for.
    pub(crate) under_test: UnderTest,
    /// Up to where the records' own time is complete.
    pub(crate) watermarks: Watermarks,
    /// Whether the job's tables are being read to their ends.
    pub(crate) tables: Tables,
    /// Whether items wait for a round.
    pub(crate) items_wait: AtomicBool,
    /// Whether the round at hand has brought times that count in the next one.
    pub(crate) times_wait: AtomicBool,
    /// Whether the job keeps something that a record in front of a failed one has changed already.
    pub(crate) keeps_state: bool,
    collected: Mutex<Collected>,
    failure: Mutex<Option<Error>>,
    skipped: Vec<AtomicU64>,
    /// How many records came too late for each stage's windows.
    late: Vec<AtomicU64>,
    /// How many keys of each stage have made room for others.
    pushed_out: Vec<AtomicU64>,
    idle_passes: Vec<AtomicU64>,
    history: &'static History,
    /// What a checkpoint says of each stage's state, once it is known.
    kept: Vec<OnceLock<Kept>>,
    /// How often each stage's state has been saved when there was some.
    saves: Vec<AtomicU64>,
    /// The number of the last checkpoint.
    last_epoch: AtomicU64,
    /// When the run ends by itself, `--for`.
    ends_at_ms: Option<i64>,
}

/// What a run is made of, apart from the job.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) config: RunConfig,
    pub(crate) connection: Connection,
    pub(crate) clock: Clock,
    pub(crate) stop: StopSignal,
}

impl Run {
    pub(crate) fn new(
        plan: &'static Plan,
        history: &'static History,
        sinks: Vec<Arc<dyn Sink>>,
        setting: Setting,
    ) -> Result<Self> {
        let Setting {
            config,
            connection,
            clock,
            stop,
        } = setting;
        zones::are_known(plan)?;
        let mut store = match &config.checkpoint {
            Some(directory) => Some(Store::open(directory, plan.name)?),
            None => None,
        };
        let restored = match &mut store {
            Some(store) => store.latest()?,
            None => None,
        };
        if let Some(restored) = &restored {
            everything_is_taken(plan, history, restored)?;
        }
        let intervals = intervals(plan);
        let saves = if store.is_some() {
            Saves::AtAnyTime
        } else if has_event_windows(plan) || plan.outlives_intervals() {
            Saves::Never
        } else if intervals.is_empty() {
            Saves::AtAnyTime
        } else {
            Saves::WhenEmpty
        };
        if saves == Saves::Never {
            tracing::warn!(
                "state is kept in memory only, and no offsets are committed: give `--checkpoint` a \
                 directory to go on after a restart"
            );
        }
        let workers = config.parallelism.max(1);
        let ends_at_ms = config.run_for.map(|run_for| {
            clock
                .now_ms()
                .saturating_add(i64::try_from(run_for.as_millis()).unwrap_or(i64::MAX))
        });
        let tables = Tables::new(plan, workers);
        let watermarks = Watermarks::new(plan, clock.now_ms());
        if let Some(restored) = &restored {
            restore_watermarks(plan, restored, &watermarks)?;
        }
        let rounds = Rounds::new(
            workers,
            intervals,
            saves,
            config.checkpoint_every,
            Moments {
                now_ms: clock.now_ms(),
                first_look_ms: watermarks.first_look_ms(),
            },
        );
        Ok(Run {
            number: RUNS.fetch_add(1, Ordering::Relaxed),
            plan,
            ends_at_ms,
            clock,
            connection,
            stop,
            rounds,
            sinks,
            last_epoch: AtomicU64::new(restored.as_ref().map_or(0, |checkpoint| checkpoint.epoch)),
            restored,
            store: store.map(Mutex::new),
            saving: Saving::default(),
            sharing: Sharing::new(workers),
            places: Places::default(),
            under_test: UnderTest::default(),
            watermarks,
            memory: Memory::new(config.memory_bytes),
            // A test waits for the tables too.
            items_wait: AtomicBool::new(tables.is_loading()),
            tables,
            times_wait: AtomicBool::new(false),
            keeps_state: plan.stages.iter().any(|stage| stage.role.state().is_some()),
            collected: Mutex::default(),
            failure: Mutex::default(),
            skipped: plan.stages.iter().map(|_| AtomicU64::new(0)).collect(),
            late: plan.stages.iter().map(|_| AtomicU64::new(0)).collect(),
            pushed_out: plan.stages.iter().map(|_| AtomicU64::new(0)).collect(),
            history,
            kept: plan.stages.iter().map(|_| OnceLock::new()).collect(),
            saves: plan.stages.iter().map(|_| AtomicU64::new(0)).collect(),
            idle_passes: (0..workers).map(|_| AtomicU64::new(0)).collect(),
            config: RunConfig {
                parallelism: workers,
                ..config
            },
        })
    }

    /// Whether the run has been asked to end, or its time is over.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.is_requested()
            || self
                .ends_at_ms
                .is_some_and(|ends_at_ms| self.clock.now_ms() >= ends_at_ms)
    }

    /// Notes why the run ends.
    pub(crate) fn failed(&self, error: Error) {
        self.lock_failure().get_or_insert(error);
    }

    /// Ends the run at once: nothing more is published or saved.
    pub(crate) fn abort(&self, error: Error) {
        self.failed(error);
        self.rounds.abort();
    }

    /// Why the run has ended, if it has failed.
    pub(crate) fn take_failure(&self) -> Option<Error> {
        self.lock_failure().take()
    }

    fn lock_failure(&self) -> MutexGuard<'_, Option<Error>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sinks of the job.
    pub(crate) fn sinks(&self) -> &[Arc<dyn Sink>] {
        &self.sinks
    }

    pub(crate) fn collected(&self) -> MutexGuard<'_, Collected> {
        self.collected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What checkpoints call a source. Sources that are written alike are numbered: each has
    /// offsets of its own.
    fn source_name(&self, stage: usize) -> String {
        source_name(self.plan, stage)
    }

    fn state_name(&self, stage: usize) -> String {
        let stage = self.plan.stages.get(stage);
        let state = stage.and_then(|stage| stage.role.state());
        state.unwrap_or_default().to_owned()
    }

    /// The epoch of the checkpoint that the run goes on from, if it holds open state.
    pub(crate) fn open_state(&self) -> Option<u64> {
        self.restored
            .as_ref()
            .and_then(Checkpoint::epoch_of_open_state)
    }

    /// The state of a stage in the checkpoint, if there is one.
    pub(crate) fn restored_state(&self, stage: usize) -> Option<&StateImage> {
        let name = self.state_name(stage);
        self.restored
            .as_ref()?
            .states
            .iter()
            .find(|state| state.name == name)
    }

    /// What a checkpoint says of a stage's state, beside its name.
    pub(crate) fn kept(&self, stage: usize, layout: fn() -> String) -> &Kept {
        static NOWHERE: OnceLock<Kept> = OnceLock::new();
        self.kept
            .get(stage)
            .unwrap_or(&NOWHERE)
            .get_or_init(|| Kept {
                version: self.history.version(&self.state_name(stage)),
                layout: kept::windowed(self.plan, stage, layout()),
                place: kept::place(self.plan, stage),
            })
    }

    /// Whether the image of a stage's state, that is not empty, is to be read again as a check.
    ///
    /// One value may be readable and the next one not, so it is done more than once; each time
    /// after twice as many images, so that it costs next to nothing.
    pub(crate) fn is_to_be_read_again(&self, stage: usize) -> bool {
        let before = self.saves.get(stage);
        before.is_some_and(|saves| (saves.fetch_add(1, Ordering::Relaxed) + 1).is_power_of_two())
    }

    /// The offsets that the checkpoint has for a source.
    pub(crate) fn checkpointed_offsets(&self, stage: usize) -> Vec<(PartitionName, i64)> {
        let source = self.source_name(stage);
        self.restored
            .iter()
            .flat_map(|checkpoint| &checkpoint.positions)
            .filter(|position| position.source == source)
            .map(|position| (position.partition.clone(), position.next_offset))
            .collect()
    }

    pub(crate) fn has_checkpoints(&self) -> bool {
        self.store.is_some()
    }

    /// Whether a test moves the clock.
    pub(crate) fn is_test(&self) -> bool {
        matches!(self.clock, Clock::Manual(_))
    }

    /// What was printed since the last call, where a test captures it.
    pub(crate) fn captured(&self) -> String {
        self.sinks
            .iter()
            .filter_map(|sink| sink.captured())
            .collect()
    }

    /// When the next trigger fires, if the job has any.
    pub(crate) fn next_boundary_ms(&self) -> Option<i64> {
        self.rounds.next_boundary_ms()
    }

    /// Waits until every worker has looked everywhere and found nothing to do, or `has_ended`.
    pub(crate) fn wait_until_idle(&self, has_ended: impl Fn() -> bool) {
        self.is_looked_at();
        // The pass that was under way may have looked too early, and the one behind it may have
        // found a new partition without reading it: the third one has not.
        let is_settled = || self.is_idle() && !self.items_wait.load(Ordering::Acquire);
        while !is_settled() && !has_ended() {
            thread::sleep(Duration::from_micros(200));
        }
    }

    /// What the workers have found so far does not count any more.
    pub(crate) fn is_looked_at(&self) {
        for passes in &self.idle_passes {
            passes.store(0, Ordering::Release);
        }
    }

    /// Whether every worker has found nothing to do for a while.
    pub(crate) fn is_idle(&self) -> bool {
        let is_idle = |passes: &AtomicU64| passes.load(Ordering::Acquire) >= 3;
        self.idle_passes.iter().all(is_idle)
    }

    /// How often in a row a worker has found nothing to do.
    pub(crate) fn idle_passes(&self, worker: usize) -> &AtomicU64 {
        static NOBODY: AtomicU64 = AtomicU64::new(0);
        self.idle_passes.get(worker).unwrap_or(&NOBODY)
    }

    pub(crate) fn skipped(&self, stage: usize) {
        if let Some(count) = self.skipped.get(stage) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a record that came when all its windows were closed.
    pub(crate) fn came_late(&self, stage: usize) {
        self.came_late_together(stage, 1);
    }

    /// The same of several.
    pub(crate) fn came_late_together(&self, stage: usize, n_records: u64) {
        if let Some(count) = self.late.get(stage) {
            count.fetch_add(n_records, Ordering::Relaxed);
        }
    }

    /// How many records came too late, over all stages.
    pub(crate) fn late_records(&self) -> u64 {
        let late = self.late.iter();
        late.map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// Counts a key that has made room for another one.
    pub(crate) fn pushed_out(&self, stage: usize) {
        if let Some(count) = self.pushed_out.get(stage) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many keys have made room for others, over all stages.
    pub(crate) fn keys_pushed_out(&self) -> u64 {
        let pushed_out = self.pushed_out.iter();
        pushed_out.map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// Says which stages have left records out.
    pub(crate) fn report_skipped(&self) {
        for (stage, count) in self.plan.stages.iter().zip(&self.late) {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                tracing::warn!(
                    "{count} records came too late for `{}` (line {}), and were left out",
                    stage.text,
                    stage.line
                );
            }
        }
        for (stage, count) in self.plan.stages.iter().zip(&self.pushed_out) {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                tracing::warn!(
                    "{count} keys of `{}` (line {}) have made room for others, and were forgotten",
                    stage.text,
                    stage.line
                );
            }
        }
        for (stage, count) in self.plan.stages.iter().zip(&self.skipped) {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                let what = match stage.on_error {
                    OnError::Replace => "got the default of",
                    OnError::DeadLetter(_) => "went to the dead letters of",
                    OnError::To(_) => "went to the stream of what is refused by",
                    OnError::Fail | OnError::Skip => "were left out by",
                };
                tracing::warn!(
                    "{count} records {what} `{}` (line {})",
                    stage.text,
                    stage.line
                );
            }
        }
    }
}

fn source_name(plan: &Plan, number: usize) -> String {
    let name = plan
        .stages
        .get(number)
        .map_or_else(String::new, Stage::source_name);
    let alike = |stage: &&Stage| stage.role == Role::Source && stage.source_name() == name;
    match plan.stages.iter().take(number).filter(alike).count() {
        0 => name,
        before => format!("{name}#{}", before + 1),
    }
}

/// What the checkpoint keeps and no stage of the job takes would be lost without a word.
fn everything_is_taken(plan: &Plan, history: &History, checkpoint: &Checkpoint) -> Result<()> {
    let keeps = |wanted: &str| {
        let mut names = plan.stages.iter().filter_map(|stage| stage.role.state());
        names.any(|name| name == wanted)
    };
    let reads = |wanted: &str| (0..plan.stages.len()).any(|at| source_name(plan, at) == wanted);
    let states = checkpoint.states.iter();
    let state = states
        // A watermark says how far records have come: nothing is lost with it.
        .filter(|state| state.layout != kept::WATERMARK)
        .map(|state| &state.name)
        .find(|name| !keeps(name) && !history.drops(name));
    let source = checkpoint
        .positions
        .iter()
        .map(|it| &it.source)
        .find(|name| !reads(name));
    let (what, help) = match (state, source) {
        (None, None) => return Ok(()),
        (Some(name), _) => (
            format!("the checkpoint keeps the state `{name}`, and no stage of the job does"),
            unwanted_state(name),
        ),
        (None, Some(name)) => (
            format!("the checkpoint keeps offsets of `{name}`, and the job does not read it"),
            "read it again as before, or begin with another `--checkpoint` directory".to_owned(),
        ),
    };
    Err(Error::new(Code::IncompatibleState, what).help(help))
}

fn unwanted_state(name: &str) -> String {
    if is_named(name) {
        format!(
            "give a stage this name again (`as {name}`), or write `drop state {name};` in the job"
        )
    } else {
        "run the former job to the end of an interval, or begin with another `--checkpoint` directory".to_owned()
    }
}

/// Whether windows of the job close by the records' own time, or after a gap, or items wait for others
/// that are near them: something is open then at any moment.
fn has_event_windows(plan: &Plan) -> bool {
    let mut roles = plan.stages.iter().map(|stage| stage.role);
    roles.any(|role| {
        role.closes_by_itself()
            || matches!(
                role,
                Role::Ordered {
                    within: Some(_),
                    ..
                }
            )
    })
}

/// Lets time go on from where the checkpoint has it.
fn restore_watermarks(plan: &Plan, restored: &Checkpoint, watermarks: &Watermarks) -> Result<()> {
    for (number, stage) in plan.stages.iter().enumerate() {
        let Role::EventTime { state: name, .. } = stage.role else {
            continue;
        };
        let mut states = restored.states.iter();
        let part = states
            .find(|state| state.name == name)
            .and_then(|state| state.parts.first());
        if let Some(part) = part {
            let source_of =
                |name: &str| (0..plan.stages.len()).find(|at| source_name(plan, *at) == name);
            let stage_of = |name: &str| {
                let mut stages = plan.stages.iter();
                stages.position(|stage| stage.role.state() == Some(name))
            };
            watermarks
                .restore(number, &part.bytes, source_of, stage_of)
                .map_err(|cause| damaged_watermark(name, cause))?;
        }
    }
    Ok(())
}

fn damaged_watermark(name: &str, cause: postcard::Error) -> Error {
    Error::new(
        Code::CorruptCheckpoint,
        format!("cannot read the watermark `{name}`"),
    )
    .caused_by(cause)
    .help("begin with another `--checkpoint` directory; records are then read again")
}

fn intervals(plan: &Plan) -> Vec<Calendar> {
    // Often enough that a key is kept by an eighth of the time longer at most.
    let looks_for_old = |ttl_ms: u64| Ends::of_multiples((ttl_ms / 8).max(1));
    let mut intervals: Vec<Ends> = plan
        .stages
        .iter()
        .flat_map(|stage| match stage.role {
            // Windows of event time close by the watermark, and sessions call for their rounds.
            role if role.closes_by_itself() => [None, None],
            Role::Aggregate {
                every_ms, steps, ..
            } => [Some(plan::step_ends(every_ms, steps)), None],
            Role::Ordered {
                ttl_ms,
                updates_ms,
                event,
                ..
            } => {
                let of_clock_ms = ttl_ms.filter(|_| event.is_none());
                [
                    updates_ms.map(Ends::of_multiples),
                    of_clock_ms.map(looks_for_old),
                ]
            }
            Role::Table { ttl_ms, .. } => [ttl_ms.map(looks_for_old), None],
            Role::Source
            | Role::Stateless
            | Role::LookUp { .. }
            | Role::EventTime { .. }
            | Role::Sink => [None, None],
        })
        .flatten()
        .collect();
    intervals.sort_unstable();
    intervals.dedup();
    intervals.into_iter().map(Calendar::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{OnError, Settings};

    const SOURCE: Stage = Stage {
        operator: "files",
        text: "files(pattern.clone())",
        line: 1,
        role: Role::Source,
        inputs: &[],
        segment: 0,
        on_error: OnError::Fail,
        topics: &[],
    };

    const PLAN: Plan = Plan {
        name: "test",
        stages: &[SOURCE, SOURCE],
        settings: Settings::UNSET,
    };

    fn checkpoint(source: &str) -> Checkpoint {
        use crate::checkpoint::Position;
        use crate::source::PartitionKind;

        Checkpoint {
            job: "test".into(),
            epoch: 1,
            taken_at_ms: 0,
            positions: vec![Position {
                source: source.into(),
                partition: PartitionName {
                    topic: "a.csv".into(),
                    partition: 0,
                    kind: PartitionKind::File,
                },
                next_offset: 2,
            }],
            states: Vec::new(),
        }
    }

    #[test]
    fn sources_that_are_written_alike_have_offsets_of_their_own() {
        assert_eq!(source_name(&PLAN, 0), "files(pattern.clone())");
        assert_eq!(source_name(&PLAN, 1), "files(pattern.clone())#2");
    }

    #[test]
    fn offsets_that_no_source_takes_are_refused() {
        assert!(
            everything_is_taken(
                &PLAN,
                &History::NONE,
                &checkpoint("files(pattern.clone())#2")
            )
            .is_ok()
        );
        let error =
            everything_is_taken(&PLAN, &History::NONE, &checkpoint("files(other)")).unwrap_err();
        assert_eq!(error.code(), Code::IncompatibleState);
        assert!(
            error.one_line().contains("`files(other)`"),
            "{}",
            error.one_line()
        );
    }
}
