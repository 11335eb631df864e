//! Puts a job under test: the production loop, with a clock that the test moves.
//!
//! Topics live inside the process, time stands still until [`JobTest::advance`] moves it, and
//! every call returns only when the job has nothing left to do.

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
use crate::topics::{NewRecord, TopicRecord, Topics};

/// Where the clock of a test begins: 2026-01-01T00:00:00Z, a multiple of every usual interval.
const BEGINNING_MS: i64 = 1_767_225_600_000;

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
        JobTest {
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
        self.topics = Arc::new(Topics::creating(partitions).unbounded());
        self
    }

    /// Runs the job with this many workers; without it there are 2. To be called first.
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

    /// Appends records without keys to a topic, to its partitions in turn, and lets the job
    /// process them.
    ///
    /// # Panics
    ///
    /// This and every other call panics if the job cannot begin, or if the topic does not have
    /// the partition.
    pub fn feed<V: AsRef<[u8]>>(&mut self, topic: &str, values: impl IntoIterator<Item = V>) {
        let values = values.into_iter();
        self.together(|test| {
            values.for_each(|it| test.append(topic, None, None, Some(it.as_ref())));
        });
    }

    /// Appends records with keys to a topic; equal keys meet in one partition, chosen as Kafka's
    /// own partitioner chooses it.
    pub fn feed_keyed<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        topic: &str,
        records: impl IntoIterator<Item = (K, V)>,
    ) {
        let records = records.into_iter();
        self.together(|test| {
            records.for_each(|(key, value)| {
                test.append(topic, None, Some(key.as_ref()), Some(value.as_ref()));
            });
        });
    }

    /// Appends records that have a key and no value, as they delete a key from a compacted topic and from
    /// a table.
    pub fn feed_deletions<K: AsRef<[u8]>>(
        &mut self,
        topic: &str,
        keys: impl IntoIterator<Item = K>,
    ) {
        let keys = keys.into_iter();
        self.together(|test| {
            keys.for_each(|key| test.append(topic, None, Some(key.as_ref()), None));
        });
    }

    /// Appends records to one partition of a topic.
    pub fn feed_partition<V: AsRef<[u8]>>(
        &mut self,
        topic: &str,
        partition: i32,
        values: impl IntoIterator<Item = V>,
    ) {
        let values = values.into_iter();
        self.together(|test| {
            values.for_each(|it| test.append(topic, Some(partition), None, Some(it.as_ref())));
        });
    }

    /// Appends records to the partitions that stand in front of them, and lets the job process them
    /// together.
    pub fn feed_partitions<V: AsRef<[u8]>>(
        &mut self,
        topic: &str,
        records: impl IntoIterator<Item = (i32, V)>,
    ) {
        let records = records.into_iter();
        self.together(|test| {
            records.for_each(|(partition, it)| {
                test.append(topic, Some(partition), None, Some(it.as_ref()));
            });
        });
    }

    /// Appends records that the job gets together: whatever depends on their order is then the same
    /// in each run, and with any number of workers.
    fn together(&mut self, append: impl FnOnce(&Self)) {
        self.topics.hold(true);
        append(self);
        if let Some(running) = &self.running {
            running.run.is_looked_at();
        }
        self.topics.hold(false);
        self.settle();
    }

    fn append(
        &self,
        topic: &str,
        partition: Option<i32>,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
    ) {
        let record = NewRecord {
            key,
            value,
            headers: &[],
        };
        if let Err(error) = self.topics.append(topic, partition, self.now_ms, [record]) {
            panic!("cannot feed the topic: {}", error.one_line());
        }
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

    /// The rows that were printed since the last look, without the headers of the intervals.
    pub fn rows(&mut self) -> Vec<String> {
        let printed = self.printed();
        let mut rows = Vec::new();
        let mut lines = printed.lines();
        while let Some(line) = lines.next() {
            if line.starts_with("----") {
                // The time, and the second rule.
                lines.next();
                lines.next();
            } else if !line.is_empty() {
                rows.push(line.to_owned());
            }
        }
        rows
    }

    /// What was printed since the last look, as it would stand on standard output.
    pub fn printed(&mut self) -> String {
        self.settle();
        std::mem::take(&mut self.printed)
    }

    /// Checks which rows were printed since the last look, in whatever order.
    ///
    /// # Panics
    ///
    /// Panics if others were, or if the job has failed.
    #[track_caller]
    pub fn expect<R: AsRef<str>>(&mut self, rows: impl IntoIterator<Item = R>) {
        let mut expected: Vec<String> = rows
            .into_iter()
            .map(|row| row.as_ref().to_owned())
            .collect();
        let mut found = self.rows();
        self.check();
        expected.sort();
        found.sort();
        assert!(
            expected == found,
            "the job printed {found:?}, and {expected:?} was expected"
        );
    }

    /// How many records came when all their windows were closed, since the job was begun last.
    pub fn late_records(&mut self) -> u64 {
        self.settle();
        let running = self.running.as_ref();
        running.map_or(0, |running| running.run.late_records())
    }

    /// The records of a topic, such as one that the job writes to.
    pub fn records(&mut self, topic: &str) -> Vec<TopicRecord> {
        self.settle();
        self.topics.records(topic)
    }

    /// Ends the job as SIGTERM does, and gives what was printed since the last look.
    ///
    /// # Errors
    ///
    /// Whatever made the job fail.
    pub fn finish(mut self) -> Result<String> {
        self.stop()?;
        Ok(std::mem::take(&mut self.printed))
    }

    /// Ends the job as SIGTERM does, and runs it again on the same topics and checkpoints.
    ///
    /// # Errors
    ///
    /// Whatever made the job fail.
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        self.settle();
        Ok(())
    }

    /// Ends the job as SIGTERM does, and runs another version of it on the same topics and
    /// checkpoints: for tests of `migrate` and `drop state`.
    ///
    /// # Errors
    ///
    /// Whatever made the former version fail, or keeps the new one from going on.
    pub fn restart_as(&mut self, job: Job<'static>) -> Result<()> {
        // A version that could not even begin is not begun again.
        if self.running.is_some() {
            self.stop()?;
        }
        self.job = Arc::new(job);
        self.running = Some(self.begin()?);
        self.settle();
        let ended = self.running.as_mut().filter(|running| running.has_ended());
        let thread = ended.and_then(|running| running.thread.take());
        thread.map_or(Ok(()), joined)
    }

    fn stop(&mut self) -> Result<()> {
        self.settle();
        let Some(Running { run, thread }) = self.running.take() else {
            return Ok(());
        };
        run.stop.request();
        let outcome = thread.map_or(Ok(()), joined);
        self.printed.push_str(&run.captured());
        outcome
    }

    /// Panics if the job has failed.
    #[track_caller]
    fn check(&mut self) {
        let ended = self.running.as_mut().filter(|running| running.has_ended());
        if let Some(Err(error)) = ended.and_then(|running| running.thread.take()).map(joined) {
            panic!("the job has failed: {}", error.one_line());
        }
    }

    /// Waits until the job has nothing left to do.
    fn settle(&mut self) {
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

    fn begin(&self) -> Result<Running> {
        let config = RunConfig {
            parallelism: self.workers,
            checkpoint: self.checkpoint.clone(),
            ..RunConfig::of(self.job.plan())?
        };
        let setting = Setting {
            config,
            connection: Connection::InProcess(Arc::clone(&self.topics)),
            clock: Clock::Manual(Arc::clone(&self.clock)),
            stop: StopSignal::new(),
        };
        let run = Arc::new(self.job.prepare(setting)?);
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
