//! Shares partitions out among the workers again, when some are busy and others are not.
//!
//! Each worker says now and then how much of its time each of its partitions has taken. Where that
//! is uneven enough, a round is called for: its outputs are flushed, so that records of one
//! partition stay in their order, and then each partition that moves goes on at its new worker at
//! the offset at which the other one has left it.

mod balance;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::source::PartitionName;

/// Over how long the load of a partition is taken.
pub(crate) const WINDOW: Duration = Duration::from_secs(1);

/// A partition of a source, by the source's stage.
pub(crate) type OfSource = (usize, PartitionName);

/// What a partition takes of its worker.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Load {
    pub(crate) partition: OfSource,
    /// The part of the worker's time, from 0 to 1.
    pub(crate) busy: f64,
}

/// A partition that goes from one worker to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) partition: OfSource,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// The first offset that has not been processed.
    pub(crate) next_offset: i64,
}

/// The shares of the workers of one run.
#[derive(Debug)]
pub(crate) struct Sharing {
    n_workers: usize,
    /// Whether the next round shares out again. Set in front of a round only, so that all workers
    /// see the same in it.
    is_wanted: AtomicBool,
    /// Whether a test wants every partition to move.
    is_to_rotate: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What each worker has said, once since partitions last moved.
    loads: Vec<Option<Vec<Load>>>,
    /// What moves in the next round, without its offset.
    decided: Vec<(OfSource, usize)>,
    /// Where each partition is, and how far it has been read, as the workers have said in the round.
    positions: Vec<(usize, OfSource, i64)>,
    moves: Vec<Move>,
}

impl Sharing {
    pub(super) fn new(n_workers: usize) -> Self {
        Sharing {
            n_workers,
            is_wanted: AtomicBool::new(false),
            is_to_rotate: AtomicBool::new(false),
            state: Mutex::new(State {
                loads: vec![None; n_workers],
                ..State::default()
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change of a state is whole before the next one begins.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is anybody to share with.
    pub(crate) fn has_several(&self) -> bool {
        self.n_workers > 1
    }

    /// Whether the round at hand shares out again.
    pub(crate) fn is_wanted(&self) -> bool {
        self.is_wanted.load(Ordering::Acquire)
    }

    /// Takes in what the partitions of a worker have taken of its time. Returns whether a round is
    /// to share out again.
    pub(crate) fn heard(&self, worker: usize, loads: Vec<Load>) -> bool {
        let mut state = self.lock();
        if let Some(known) = state.loads.get_mut(worker) {
            *known = Some(loads);
        }
        // Only one of them decides, in front of a round that it takes part in itself.
        if worker != 0 || self.is_wanted() {
            return false;
        }
        let known: Option<Vec<&[Load]>> = state.loads.iter().map(Option::as_deref).collect();
        let Some(known) = known else {
            return false;
        };
        state.decided = balance::moves(&known);
        let is_uneven = !state.decided.is_empty();
        if is_uneven {
            self.is_wanted.store(true, Ordering::Release);
        }
        is_uneven
    }

    /// Asks that every partition that can move goes to the next worker.
    pub(crate) fn rotate(&self) {
        self.is_to_rotate.store(true, Ordering::Release);
    }

    /// Whether somebody has asked for that, and a round is to do it.
    pub(crate) fn is_to_rotate(&self, worker: usize) -> bool {
        let is_asked = worker == 0 && self.is_to_rotate.load(Ordering::Acquire);
        if is_asked {
            self.is_wanted.store(true, Ordering::Release);
        }
        is_asked
    }

    /// Takes in, in a round, how far a worker has come.
    pub(crate) fn brought(&self, worker: usize, positions: impl Iterator<Item = (OfSource, i64)>) {
        let positions = positions.map(|(partition, offset)| (worker, partition, offset));
        self.lock().positions.extend(positions);
    }

    /// Decides what moves, when every worker has said how far it has come.
    pub(super) fn decide(&self) {
        let mut state = self.lock();
        let mut decided = std::mem::take(&mut state.decided);
        let positions = std::mem::take(&mut state.positions);
        if self.is_to_rotate.swap(false, Ordering::AcqRel) {
            let next = |worker: usize| (worker + 1) % self.n_workers;
            let all = positions.iter();
            decided = all.map(|(at, it, _)| (it.clone(), next(*at))).collect();
        }
        let moves = decided.into_iter().filter_map(|(partition, to)| {
            let at = positions.iter().find(|(_, it, _)| *it == partition)?;
            let (from, _, next_offset) = *at;
            (from != to).then_some(Move {
                partition,
                from,
                to,
                next_offset,
            })
        });
        state.moves = moves.collect();
        for Move {
            partition: (_, name),
            from,
            to,
            next_offset,
        } in &state.moves
        {
            tracing::info!(
                "{name} moves from worker {from} to worker {to} at offset {next_offset}"
            );
        }
        // What was said before is of other shares.
        state.loads.fill(None);
        self.is_wanted.store(false, Ordering::Release);
    }

    /// What was decided in the round at hand.
    pub(crate) fn moves(&self) -> Vec<Move> {
        self.lock().moves.clone()
    }
}
