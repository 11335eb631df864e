//! One worker: the part of a job's loop that does not depend on the types of the job.
//!
//! The loop itself is the user's, compiled by `stream_job!`; it calls the worker once a batch and
//! once a round. Only [`Worker::at`] is called for every record, and it is one store.

mod lanes;
mod letters;
mod positions;
mod retries;
mod sharing;
mod tables;
mod times;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Code, Error};
use crate::failure::Failure;
use crate::plan::{OnError, Stage};
use crate::round::Round;
use crate::run::{Joining, Run, give_back};
use crate::source::{Block, Opening, Polled, Reader, Source};
use crate::state::RecordPlace;
use crate::testing::Point;

use crate::state::At;

pub use letters::KeptLetter;
pub(crate) use letters::{Letter, header};
use positions::Positions;
use sharing::Share;
use times::Times;

/// Why a worker's loop ends early.
#[derive(Debug)]
pub enum Halt {
    /// It cannot go on.
    Failed(Error),
    /// Another worker cannot go on.
    Aborted,
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Halt::Failed(error)
    }
}

/// How a worker's loop ends.
pub type Outcome<T = ()> = Result<T, Halt>;

/// The longest that an idle worker waits before it looks around again.
const IDLE_WAIT: Duration = Duration::from_millis(10);

/// The same for a worker under test, whose clock only moves when it is told to.
const IDLE_WAIT_IN_TESTS: Duration = Duration::from_millis(1);

/// One worker of a run.
#[derive(Debug)]
pub struct Worker<'r> {
    run: &'r Run,
    index: usize,
    /// The offset of the record at hand. A panic leaves it where it happened.
    at: i64,
    /// The source whose batch is at hand.
    source: usize,
    positions: Positions,
    share: Share,
    /// The number of the partition of the block at hand, once somebody has asked for it.
    block_number: Option<u32>,
    /// Where the record stands whose item is worked on in a round.
    arrived: Option<At>,
    /// How many items without a record have been sent in rounds.
    n_sent_on: i64,
    /// Whether items of this worker wait for a round.
    has_sent: bool,
    /// How many records the next block may have at most, where a stage holds them back.
    may_read: Option<u64>,
    times: Times,
    /// Why the run must end, once the next round has saved what came before.
    failed: Option<Error>,
    /// Why the run must end at once, without saving anything.
    fatal: Option<Error>,
    /// Whether the last look at every source found nothing.
    idle: bool,
    worked: bool,
    /// What is found out about the job, where the worker is there for nothing else.
    description: Option<Description>,
}

/// What only the compiled loop knows of a job, by the numbers of stages.
#[derive(Debug, Default)]
pub(crate) struct Description {
    /// The types of the items that leave a stage, as the compiler names them.
    pub(crate) types: BTreeMap<usize, &'static str>,
    /// What is kept as state, in the words in which a checkpoint has it.
    pub(crate) layouts: BTreeMap<usize, String>,
    /// What is kept under a name, as `streamflow.lock` has it; an error where the compiler does not
    /// know that.
    pub(crate) locked: Vec<(usize, Result<String, String>)>,
}

impl<'r> Worker<'r> {
    pub(crate) fn new(run: &'r Run, index: usize) -> Self {
        Worker {
            run,
            index,
            at: 0,
            source: 0,
            positions: Positions::default(),
            share: Share::new(),
            block_number: None,
            arrived: None,
            n_sent_on: 0,
            has_sent: false,
            may_read: None,
            times: Times::new(),
            failed: None,
            fatal: None,
            idle: false,
            worked: false,
            description: None,
        }
    }

    /// What the loop of a job says about itself. It ends before it opens anything.
    pub(crate) fn describe(
        run: &'r Run,
        work: impl FnOnce(&mut Worker<'_>) -> Outcome,
    ) -> Result<Description, Error> {
        let mut worker = Worker::new(run, 0);
        worker.description = Some(Description::default());
        match work(&mut worker) {
            Ok(()) | Err(Halt::Aborted) => Ok(worker.description.unwrap_or_default()),
            Err(Halt::Failed(error)) => Err(error),
        }
    }

    /// Whether the worker is there to work, and not only to describe its job.
    pub(crate) fn begins(&self) -> bool {
        self.description.is_none()
    }

    /// Takes down the types of the items that leave each stage, if the worker only describes its
    /// job.
    pub(crate) fn describe_types(&mut self, types: &[(usize, &'static str)]) {
        if let Some(description) = &mut self.description {
            description.types.extend(types.iter().copied());
        }
    }

    /// Takes down what a stage keeps, if the worker only describes its job.
    pub(crate) fn describe_state(&mut self, stage: usize, layout: impl FnOnce() -> String) {
        if let Some(description) = &mut self.description {
            description.layouts.insert(stage, layout());
        }
    }

    /// Takes down what a stage keeps under a name, if the worker only describes its job.
    pub(crate) fn describe_lock(&mut self, stage: usize, layout: Result<String, String>) {
        if let Some(description) = &mut self.description {
            description.locked.push((stage, layout));
        }
    }

    /// The number of this worker, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// How many workers the run has.
    pub fn workers(&self) -> usize {
        self.run.config.parallelism
    }

    pub(crate) fn run(&self) -> &'r Run {
        self.run
    }

    /// Opens this worker's share of a source.
    pub(crate) fn open<S: Source>(&mut self, source: &S, stage: usize) -> Outcome<S::Reader> {
        let checkpointed = self.run.checkpointed_offsets(stage);
        let reader = source.open(&Opening {
            stage,
            worker: self.index,
            workers: self.workers(),
            connection: &self.run.connection,
            checkpointed: &checkpointed,
            config: &self.run.config,
            clock: &self.run.clock,
        })?;
        self.positions
            .open(stage, reader.partitions(), reader.shares_again());
        Ok(reader)
    }

    /// The next block of a source, if it has one.
    pub(crate) fn poll<'b, R: Reader>(
        &mut self,
        reader: &'b mut R,
        stage: usize,
    ) -> Outcome<Option<R::Items<'b>>> {
        if self.failed.is_some() || self.positions.has_ended(stage) || self.holds_back(stage) {
            return Ok(None);
        }
        self.source = stage;
        self.share.tell(reader, stage)?;
        self.positions.grow(stage, reader.partitions());
        self.ask_where_it_stands(reader, stage);
        self.ask_for_ends(reader, stage);
        let patience = self.patience();
        if self.run.memory.is_short() {
            give_back();
            thread::sleep(patience);
            return Ok(None);
        }
        let wait = match self.may_read.take() {
            None => patience,
            Some(0) => return Ok(None),
            // Others may want what this worker may read: it does not wait with it.
            Some(records) => {
                reader.limit(records);
                Duration::ZERO
            }
        };
        let polled_at = Instant::now();
        match reader.poll(wait)? {
            Polled::Block(Block {
                partition,
                next_offset,
                items,
            }) => {
                self.positions.enter(stage, partition, next_offset);
                self.block_number = None;
                self.worked = true;
                // To unpack a block belongs to it, to wait for it does not.
                self.share.begin_block(if wait.is_zero() {
                    polled_at
                } else {
                    Instant::now()
                });
                Ok(Some(items))
            }
            Polled::Idle => {
                self.positions.rest(stage);
                Ok(None)
            }
            Polled::Ended => {
                if self.positions.end(stage) {
                    self.run.rounds.worker_ended();
                }
                Ok(None)
            }
        }
    }

    /// Holds the next block to so many records; where several stages do, the least counts.
    pub(crate) fn may_read(&mut self, records: i64) {
        let records = u64::try_from(records).unwrap_or(0);
        let least = self.may_read.map_or(records, |known| known.min(records));
        self.may_read = Some(least);
    }

    /// Waits as long as an idle source would have waited.
    pub(crate) fn rest(&self) {
        thread::sleep(self.patience());
    }

    /// How long a source may wait for records: not at all while others have some, and never
    /// past the next trigger.
    fn patience(&self) -> Duration {
        if !self.idle {
            return Duration::ZERO;
        }
        let longest = if self.run.is_test() {
            IDLE_WAIT_IN_TESTS
        } else {
            IDLE_WAIT
        };
        let until_due = self
            .run
            .rounds
            .due_ms()
            .saturating_sub(self.run.clock.now_ms());
        let until_due = Duration::from_millis(u64::try_from(until_due).unwrap_or(0));
        let sources = u32::try_from(self.positions.open_sources())
            .unwrap_or(1)
            .max(1);
        longest.min(until_due) / sources
    }

    /// Notes the offset of the record at hand.
    #[inline]
    pub(crate) fn at(&mut self, offset: i64) {
        self.at = offset;
    }

    /// The offset of the record at hand.
    #[inline]
    pub(crate) fn offset(&self) -> i64 {
        self.at
    }

    /// Ends the run behind a batch, where a test wants that.
    pub(crate) fn crash_after_batch(&self) -> Outcome {
        Ok(self.run.come_to(Point::AfterBatch)?)
    }

    /// Notes that a block has been processed, up to the record that ended it if one did.
    pub(crate) fn passed(&mut self, stage: usize) {
        let failed_at = self.failed.is_some().then_some(self.at);
        self.positions
            .pass(stage, failed_at, self.share.block_took());
    }

    /// Meets a record that a stage refused: the one at hand, or that at another offset of its
    /// batch. Returns whether the loop over records must end.
    #[cold]
    pub(crate) fn refuse(&mut self, stage: usize, failure: Failure, at: Option<i64>) -> bool {
        let message = match failure.into_message() {
            Ok(message) => message,
            Err(error) => {
                self.fatal = Some(error);
                return true;
            }
        };
        match self.judge(stage, &message) {
            Ok(()) => false,
            Err(error) => {
                // Of several, the first one decides where the next run begins.
                let at = at.unwrap_or(self.at).min(self.at);
                self.at = at;
                let place = self.positions.place(self.source, at);
                self.failed = Some(error.at(place));
                true
            }
        }
    }

    /// Meets a result that a stage refused in a round, when its state is already taken apart.
    #[cold]
    pub(crate) fn refuse_in_round(&mut self, stage: usize, failure: Failure) -> Outcome {
        let message = failure.into_message()?;
        Ok(self
            .judge(stage, &message)
            .map_err(|error| error.at(self.place_in_round()))?)
    }

    /// Meets partial results that cannot be merged, of two workers or of two steps of a window. They are
    /// of many records, so no policy about one record lets them be left out.
    #[cold]
    pub(crate) fn fail_merge(&self, stage: usize, failure: Failure) -> Outcome {
        let message = failure.into_message()?;
        let known = self.run.plan.stages.get(stage);
        let what = match known {
            Some(Stage { text, line, .. }) => {
                format!("`{text}` (line {line}) cannot bring together what it has: {message}")
            }
            None => format!("what a stage has cannot be brought together: {message}"),
        };
        Err(Error::new(Code::FailedRecord, what)
            .help("use a wider type for the values, or `saturating +`")
            .into())
    }

    /// What a stage's policy says to a failure: nothing where it is to be left out.
    fn judge(&self, stage: usize, message: &str) -> Result<(), Error> {
        let Some(known) = self.run.plan.stages.get(stage) else {
            return Ok(());
        };
        if known.on_error != OnError::Fail {
            self.run.skipped(stage);
            return Ok(());
        }
        let (code, what, behind) = if known.operator == "decode" {
            let what = format!("cannot decode a record `{}`: {message}", known.text);
            (Code::UndecodableRecord, what, "source")
        } else {
            let what = format!(
                "`{}` (line {}) refused a record: {message}",
                known.text, known.line
            );
            (Code::FailedRecord, what, "stage")
        };
        Err(Error::new(code, what).help(format!(
            "mend the record, or write `else skip` behind the {behind} to count it and go on"
        )))
    }

    /// Waits until every worker has opened its sources, and lets reading begin.
    pub(crate) fn ready(&self) -> Outcome {
        self.barrier()?;
        if self.index == 0 {
            self.run.connection.begin(self.run.open_state())?;
        }
        self.barrier()
    }

    /// Joins the next round if one is called for.
    pub(crate) fn next_round(&mut self) -> Outcome<Option<Round>> {
        if let Some(error) = self.fatal.take() {
            return Err(error.into());
        }
        self.idle = !self.worked;
        self.worked = false;
        if self.index == 0 && !self.run.is_test() {
            self.run.memory.look(self.run)?;
        }
        self.tell_load();
        self.tell_of_tables();
        self.call_for_items();
        self.call_for_watermark();
        let rounds = &self.run.rounds;
        if self.failed.is_none() && !rounds.is_wanted(self.run) {
            self.report_idleness();
            if self.idle && self.readable_sources() == 0 {
                rounds.wait(if self.run.is_test() {
                    IDLE_WAIT_IN_TESTS
                } else {
                    IDLE_WAIT
                });
            }
            return Ok(None);
        }
        self.run.idle_passes(self.index).store(0, Ordering::Release);
        let joining = if self.failed.is_some() {
            Joining::ToEnd
        } else {
            Joining::ToGoOn
        };
        self.has_sent = false;
        self.bring_times();
        rounds
            .join(self.run, joining)
            .map(Some)
            .ok_or(Halt::Aborted)
    }

    /// Lets a test see that there is nothing left to do.
    fn report_idleness(&self) {
        let passes: &AtomicU64 = self.run.idle_passes(self.index);
        if self.idle {
            passes.fetch_add(1, Ordering::AcqRel);
        } else {
            passes.store(0, Ordering::Release);
        }
    }

    /// Waits until every worker has come this far in the round.
    pub(crate) fn barrier(&self) -> Outcome {
        self.run.rounds.barrier().then_some(()).ok_or(Halt::Aborted)
    }

    /// Ends the round: what the workers have handed over is published and saved. Returns whether
    /// the run ends with it.
    pub(crate) fn end_round(&mut self, round: &Round) -> Outcome<bool> {
        if round.saves {
            let positions = self.positions.all();
            self.run
                .collected()
                .positions(positions.map(|((stage, name), offset)| (stage, name, offset)));
        }
        let shares_again = self.run.sharing.is_wanted() && !round.last;
        if shares_again {
            self.bring_share();
        }
        if let Some(error) = self.failed.take() {
            self.run.failed(error);
        }
        self.barrier()?;
        if self.index == 0 {
            self.run.settle(round)?;
        }
        self.barrier()?;
        if shares_again {
            self.follow_moves();
        }
        Ok(round.last)
    }

    /// Where the record at hand stands, for rows that are shown in the order of their records.
    pub(crate) fn row_place(&self) -> (i32, i64) {
        let partition = self
            .positions
            .current(self.source)
            .map_or(0, |name| name.partition);
        (partition, self.at)
    }

    /// Where the record at hand stands, for values that are kept in the order of their records.
    #[inline]
    pub(crate) fn record_place(&self) -> RecordPlace {
        let (partition, topic) = self.positions.current_place(self.source);
        RecordPlace::new(self.at, partition, topic)
    }

    /// Where this worker is, for the message of a panic; nowhere where it works on what many records have
    /// come to.
    pub(crate) fn place(&self) -> Option<String> {
        match self.arrived {
            Some(_) => Some(self.place_in_round()),
            None => self
                .positions
                .are_in_block()
                .then(|| self.positions.place(self.source, self.at)),
        }
    }
}
