//! What the workers of one run share: its settings, its clock, its rounds, what it keeps.

pub(crate) mod kept;
mod left_out;
mod memory;
mod places;
mod restored;
mod rounds;
mod saving;
mod settle;
pub(crate) mod sharing;
mod tables;
mod timetable;
mod under_test;
pub(crate) mod watermarks;
mod zones;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use crate::checkpoint::{Checkpoint, Store};
use crate::config::RunConfig;
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::history::History;
use crate::plan::Plan;
use crate::shutdown::StopSignal;
use crate::sink::Sink;
use crate::time::Clock;

pub(crate) use kept::{Kept, is_named};
use left_out::LeftOut;
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
    left_out: LeftOut,
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
            restored::everything_is_taken(plan, history, restored)?;
        }
        let intervals = timetable::intervals(plan);
        let saves = timetable::saves(plan, &intervals, store.is_some());
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
            restored::restore_watermarks(plan, restored, &watermarks)?;
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
            left_out: LeftOut::new(plan),
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

    fn state_name(&self, stage: usize) -> String {
        let stage = self.plan.stages.get(stage);
        let state = stage.and_then(|stage| stage.role.state());
        state.unwrap_or_default().to_owned()
    }

    /// The layout of a stage's state with the window that it is kept for.
    pub(crate) fn windowed(&self, stage: usize, layout: String) -> String {
        kept::windowed(self.plan, stage, layout)
    }

    /// What a checkpoint says of a stage's state, beside its name.
    pub(crate) fn kept(&self, stage: usize, layout: fn() -> String) -> &Kept {
        static NOWHERE: OnceLock<Kept> = OnceLock::new();
        self.kept
            .get(stage)
            .unwrap_or(&NOWHERE)
            .get_or_init(|| Kept {
                version: self.history.version(&self.state_name(stage)),
                layout: self.windowed(stage, layout()),
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
}
