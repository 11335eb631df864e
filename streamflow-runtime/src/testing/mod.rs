//! Puts a job under test: the production loop, with a clock that the test moves.
//!
//! Topics live inside the process, time stands still until [`JobTest::advance`] moves it, and
//! every call returns only when the job has nothing left to do.

mod crash;
mod everywhere;
mod feed;
mod look;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::config::RunConfig;
use crate::connection::Connection;
use crate::driver;
use crate::error::Result;
use crate::job::Job;
use crate::run::{Run, Setting};
use crate::shutdown::StopSignal;
use crate::time::{Clock, ManualClock};
use crate::topics::Topics;

#[cfg(feature = "object-store")]
pub use crate::sink::Object;
pub use crash::Point;
use everywhere::Scratch;
pub(crate) use everywhere::Steps;
pub use everywhere::crash_everywhere;
pub use feed::TestRecord;
pub use look::DeadLetter;

/// Where the clock of a test begins: 2026-01-01T00:00:00Z, a multiple of every usual interval.
const BEGINNING_MS: i64 = 1_767_225_600_000;

/// So many seconds, for [`JobTest::advance`].
#[must_use]
pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// So many milliseconds, for [`JobTest::advance`].
#[must_use]
pub const fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A job under test: made by [`Job::test`].
///
/// It runs exactly the loop that it runs in production, on topics inside the process.
#[derive(Debug)]
pub struct JobTest {
    job: Arc<Job<'static>>,
    topics: Arc<Topics>,
    clock: Arc<ManualClock>,
    now_ms: i64,
    workers: usize,
    checkpoint: Option<PathBuf>,
    /// The steps at one of which the job crashes, where it is to do so by itself.
    steps: Option<Arc<Steps>>,
    /// Where checkpoints are kept if no other place is named, and the job is to crash.
    scratch: Option<Scratch>,
    running: Option<Running>,
    /// What was printed and not yet looked at.
    printed: String,
}

impl<'e> Job<'e> {
    /// Puts the job under test, with a clock that the test moves.
    ///
    /// ```text
    /// let mut test = job().test();
    /// test.feed("user_access", ["u1,/home", "u1,/cart", "u2,/home"]);
    /// test.advance(Duration::from_secs(1));
    /// test.expect(["(u1,2)", "(u2,1)"]);
    /// ```
    pub fn test(self) -> JobTest
    where
        'e: 'static,
    {
        JobTest::new(self)
    }
}

#[derive(Debug)]
struct Running {
    run: Arc<Run>,
    /// Nothing once the thread has ended, and well.
    thread: Option<JoinHandle<Result<()>>>,
}

impl Running {
    fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl JobTest {
    pub(crate) fn new(job: Job<'static>) -> Self {
        let steps = everywhere::of_this_test();
        JobTest {
            scratch: steps.as_ref().map(|_| Scratch::new()),
            steps,
            job: Arc::new(job),
            topics: Arc::new(Topics::creating(4).unbounded()),
            clock: Arc::new(ManualClock::at(BEGINNING_MS)),
            now_ms: BEGINNING_MS,
            workers: 2,
            checkpoint: None,
            running: None,
            printed: String::new(),
        }
    }

    /// Gives topics this many partitions; without it they have 4. To be called first.
    #[must_use]
    pub fn partitions(mut self, partitions: usize) -> Self {
        let topics = Topics::creating(partitions).unbounded();
        topics.cut_as(&self.topics);
        self.topics = Arc::new(topics);
        self
    }

    /// Lets the job get its records in batches of random sizes, from its partitions in a random
    /// order, both from a seed: what it gives must not depend on it. To be called first.
    #[must_use]
    pub fn cut_randomly(self, seed: u64) -> Self {
        self.topics.cut_randomly(seed);
        self
    }

    /// Runs the job with this many workers; without it there are 2. To be called first, or in front of
    /// a [`restart`](Self::restart), which shares the state out again.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// Keeps checkpoints in a directory, for tests that [`restart`](Self::restart). To be called
    /// first.
    #[must_use]
    pub fn checkpoint(mut self, directory: impl Into<PathBuf>) -> Self {
        self.checkpoint = Some(directory.into());
        self
    }

    /// Moves the clock, from the end of one interval to that of the next, as it moves in
    /// production.
    pub fn advance(&mut self, by: Duration) {
        self.settle();
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let target_ms = self.now_ms.saturating_add(by_ms);
        while self.now_ms < target_ms {
            let boundary_ms = self
                .running
                .as_ref()
                .filter(|running| !running.has_ended())
                .and_then(|it| it.run.next_boundary_ms());
            self.now_ms = boundary_ms
                .unwrap_or(target_ms)
                .clamp(self.now_ms + 1, target_ms);
            self.clock.set(self.now_ms);
            self.settle();
        }
    }

    /// Lets every partition of a topic go on at another worker, as it happens in production when one
    /// worker is busy and others are not. What a job gives must not depend on it.
    pub fn share_again(&mut self) {
        self.settle();
        if let Some(running) = &self.running {
            running.run.sharing.rotate();
        }
        self.settle();
    }

    /// The time of the test, in milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Panics if the job has failed.
    #[track_caller]
    fn check(&mut self) {
        let ended = self
            .running
            .as_mut()
            .filter(|running| running.has_ended() && !running.run.has_crashed());
        if let Some(Err(error)) = ended.and_then(|running| running.thread.take()).map(joined) {
            panic!("the job has failed: {}", error.one_line());
        }
    }

    /// Waits until the job has nothing left to do.
    fn settle(&mut self) {
        self.let_work();
        // One that crashes by itself is begun again by itself.
        while self.steps.is_some()
            && let Some(Running { run, thread }) =
                self.running.take_if(|running| running.run.has_crashed())
        {
            let _crashed = thread.map(JoinHandle::join);
            self.printed.push_str(&run.captured());
            // Its checkpoints are free for the next one.
            drop(run);
            self.let_work();
        }
    }

    /// Waits until the job has nothing left to do, or has ended.
    fn let_work(&mut self) {
        let running = match self.running.take() {
            Some(running) => running,
            None => match self.begin() {
                Ok(running) => running,
                Err(error) => panic!("the job cannot begin: {}", error.one_line()),
            },
        };
        running.run.wait_until_idle(|| running.has_ended());
        self.printed.push_str(&running.run.captured());
        self.running = Some(running);
    }

    fn checkpoint_directory(&self) -> Option<PathBuf> {
        let scratch = self.scratch.as_ref();
        let named = self.checkpoint.clone();
        named.or_else(|| scratch.map(|scratch| scratch.path().to_owned()))
    }

    /// Whether the job has crashed by itself since it was first begun.
    fn has_crashed_by_itself(&self) -> bool {
        self.steps
            .as_ref()
            .is_some_and(|steps| steps.have_crashed())
    }

    fn begin(&self) -> Result<Running> {
        let config = RunConfig {
            parallelism: self.workers,
            checkpoint: self.checkpoint_directory(),
            ..RunConfig::of(self.job.plan())?
        };
        let setting = Setting {
            config,
            connection: Connection::InProcess(Arc::clone(&self.topics)),
            clock: Clock::Manual(Arc::clone(&self.clock)),
            stop: StopSignal::new(),
        };
        let run = self.job.prepare(setting)?.crashing_by(self.steps.clone());
        let run = Arc::new(run);
        let (its_run, job) = (Arc::clone(&run), Arc::clone(&self.job));
        let thread = thread::spawn(move || driver::drive(&its_run, &|worker| job.work(worker)));
        Ok(Running {
            run,
            thread: Some(thread),
        })
    }
}

impl Drop for JobTest {
    /// Ends the job.
    ///
    /// # Panics
    ///
    /// Panics if the job has failed: a test that expects that looks at [`JobTest::finish`].
    fn drop(&mut self) {
        let Some(Running { run, thread }) = self.running.take() else {
            return;
        };
        run.stop.request();
        match thread.map(JoinHandle::join) {
            Some(Ok(Err(_))) if run.has_crashed() => {}
            Some(Ok(Err(error))) if !thread::panicking() => {
                panic!("the job has failed: {}", error.one_line());
            }
            // A second panic would hide the first.
            Some(Ok(_) | Err(_)) | None => {}
        }
    }
}

fn joined(thread: JoinHandle<Result<()>>) -> Result<()> {
    match thread.join() {
        Ok(outcome) => outcome,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
