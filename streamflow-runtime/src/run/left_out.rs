//! What a run has counted of that is not in its results, by stage.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Run;
use crate::plan::{OnError, Plan, Stage};

/// How many records and keys each stage has left out.
#[derive(Debug)]
pub(super) struct LeftOut {
    /// Records that its policy has taken.
    skipped: Vec<AtomicU64>,
    /// Records that came too late for its windows.
    late: Vec<AtomicU64>,
    /// Keys that have made room for others.
    pushed_out: Vec<AtomicU64>,
}

impl LeftOut {
    pub(super) fn new(plan: &Plan) -> Self {
        let nothing = || plan.stages.iter().map(|_| AtomicU64::new(0)).collect();
        LeftOut {
            skipped: nothing(),
            late: nothing(),
            pushed_out: nothing(),
        }
    }
}

fn count(counts: &[AtomicU64], stage: usize, more: u64) {
    if let Some(count) = counts.get(stage) {
        count.fetch_add(more, Ordering::Relaxed);
    }
}

fn total(counts: &[AtomicU64]) -> u64 {
    counts
        .iter()
        .map(|count| count.load(Ordering::Relaxed))
        .sum()
}

impl Run {
    /// Counts a record that the policy of a stage has taken.
    pub(crate) fn skipped(&self, stage: usize) {
        count(&self.left_out.skipped, stage, 1);
    }

    /// Counts a record that came when all its windows were closed.
    pub(crate) fn came_late(&self, stage: usize) {
        self.came_late_together(stage, 1);
    }

    /// The same of several.
    pub(crate) fn came_late_together(&self, stage: usize, n_records: u64) {
        count(&self.left_out.late, stage, n_records);
    }

    /// How many records came too late, over all stages.
    pub(crate) fn late_records(&self) -> u64 {
        total(&self.left_out.late)
    }

    /// Counts a key that has made room for another one.
    pub(crate) fn pushed_out(&self, stage: usize) {
        count(&self.left_out.pushed_out, stage, 1);
    }

    /// How many keys have made room for others, over all stages.
    pub(crate) fn keys_pushed_out(&self) -> u64 {
        total(&self.left_out.pushed_out)
    }

    /// Says which stages have left records out.
    pub(crate) fn report_skipped(&self) {
        self.of_each_stage(&self.left_out.late, |stage, count| {
            tracing::warn!(
                "{count} records came too late for `{}` (line {}), and were left out",
                stage.text,
                stage.line
            );
        });
        self.of_each_stage(&self.left_out.pushed_out, |stage, count| {
            tracing::warn!(
                "{count} keys of `{}` (line {}) have made room for others, and were forgotten",
                stage.text,
                stage.line
            );
        });
        self.of_each_stage(&self.left_out.skipped, |stage, count| {
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
        });
    }

    fn of_each_stage(&self, counts: &[AtomicU64], report: impl Fn(&Stage, u64)) {
        for (stage, count) in self.plan.stages.iter().zip(counts) {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                report(stage, count);
            }
        }
    }
}
