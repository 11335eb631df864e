//! Reads tables to their ends before anything else is read: the first items of a stream meet all that
//! its table has.
//!
//! Each worker tells when every partition that tables are made of has been read to its end once, or has
//! ended. In the round for which all have told so, what they brought is applied, and from then on
//! all sources are read.

use std::sync::atomic::{AtomicBool, Ordering};

use super::watermarks;
use crate::plan::{Plan, Role};

/// How far the tables of a run are.
#[derive(Debug)]
pub(crate) struct Tables {
    /// The sources whose records reach a table.
    sources: Vec<usize>,
    /// For each worker whether it has read its share of them to the end.
    have_read: Vec<AtomicBool>,
    is_loading: AtomicBool,
}

impl Tables {
    pub(crate) fn new(plan: &Plan, workers: usize) -> Self {
        let tables = tables(plan);
        let mut sources: Vec<usize> = tables
            .flat_map(|table| watermarks::sources(plan, table))
            .collect();
        sources.sort_unstable();
        sources.dedup();
        Tables {
            is_loading: AtomicBool::new(!sources.is_empty()),
            sources,
            have_read: (0..workers).map(|_| AtomicBool::new(false)).collect(),
        }
    }

    /// Whether the job has any tables.
    pub(crate) fn are_in(plan: &Plan) -> bool {
        tables(plan).next().is_some()
    }

    /// Whether nothing else is read yet.
    pub(crate) fn is_loading(&self) -> bool {
        self.is_loading.load(Ordering::Acquire)
    }

    /// Whether tables are made of the records of a source.
    pub(crate) fn are_made_of(&self, source: usize) -> bool {
        self.sources.contains(&source)
    }

    /// Notes whether a worker has read its share to the end; returns whether all have.
    pub(crate) fn tell(&self, worker: usize, has_read: bool) -> bool {
        if let Some(known) = self.have_read.get(worker) {
            known.store(has_read, Ordering::Release);
        }
        self.is_read()
    }

    fn is_read(&self) -> bool {
        let mut workers = self.have_read.iter();
        workers.all(|has_read| has_read.load(Ordering::Acquire))
    }

    /// Notes that all workers have met for a round: all that has been read is worked on in it.
    pub(crate) fn note_round(&self) {
        if self.is_loading() && self.is_read() {
            self.is_loading.store(false, Ordering::Release);
        }
    }
}

fn tables(plan: &Plan) -> impl Iterator<Item = usize> + '_ {
    let stages = plan.stages.iter().enumerate();
    stages
        .filter(|(_, stage)| matches!(stage.role, Role::Table { .. }))
        .map(|(number, _)| number)
}
