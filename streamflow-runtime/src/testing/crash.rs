//! Ends a job under test as a crash does, and begins it again.

use std::sync::Arc;

use super::{JobTest, Running, joined};
use crate::error::Result;
use crate::job::Job;

/// Where a job under test can crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Behind a batch: its records have been worked on, and no round has come since.
    AfterBatch,
    /// At the end of a round: its results are out, and nothing of it is saved.
    AfterRound,
    /// In a round that saves: everything in front of it is out, and the checkpoint is not written.
    BeforeSave,
    /// Behind a checkpoint: it is durable, and its offsets are not committed.
    AfterSave,
}

impl Point {
    /// All of them, in the order in which a job passes them.
    pub const ALL: [Point; 4] = [
        Point::AfterBatch,
        Point::AfterRound,
        Point::BeforeSave,
        Point::AfterSave,
    ];
}

impl JobTest {
    /// Lets the job crash when it comes to this point next: it ends there as a process does that is
    /// killed. What was fed meanwhile stays in its topic; [`restore`](Self::restore) begins the job
    /// again.
    pub fn crash_at(&mut self, point: Point) {
        self.settle();
        if let Some(running) = &self.running {
            running.run.crash_at(point);
        }
    }

    /// Whether the job has come to the point at which it was to crash.
    pub fn has_crashed(&mut self) -> bool {
        self.settle();
        let running = self.running.as_ref();
        running.is_some_and(|running| running.run.has_crashed())
    }

    /// Begins the job again behind a crash, on the same topics and checkpoints; one that has not
    /// crashed yet does so where it is.
    pub fn restore(&mut self) {
        self.settle();
        if let Some(running) = self.running.take() {
            running.run.crash();
            // That it has crashed is what was asked for.
            let _crashed = running.thread.map(std::thread::JoinHandle::join);
            self.printed.push_str(&running.run.captured());
        }
        self.settle();
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
        if self.steps.is_some() && run.has_crashed() {
            // It has crashed on its way out, and goes that way again.
            drop(run);
            return self.stop();
        }
        // That it has crashed is what was asked for.
        if run.has_crashed() { Ok(()) } else { outcome }
    }
}
