//! One worker's part in sharing partitions out again: it says what its own ones take of its time,
//! and lets its readers follow what was decided.

use std::time::{Duration, Instant};

use super::Worker;
use crate::error::Result;
use crate::run::sharing::{Move, WINDOW};
use crate::source::{PartitionName, Reader};

/// What one worker knows of its share.
#[derive(Debug)]
pub(super) struct Share {
    /// When the worker began to take the time of its partitions.
    since: Instant,
    /// When the block at hand was begun.
    begun: Instant,
    /// What the readers have not been told yet, in order.
    changes: Vec<Change>,
}

/// What changes for the reader of a source.
#[derive(Debug)]
struct Change {
    stage: usize,
    what: What,
}

#[derive(Debug)]
enum What {
    Release {
        place: usize,
    },
    Adopt {
        name: PartitionName,
        next_offset: i64,
    },
}

impl Share {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Share {
            since: now,
            begun: now,
            changes: Vec::new(),
        }
    }

    /// A block was handed out; the time spent on it counts from here.
    pub(super) fn begin_block(&mut self, at: Instant) {
        self.begun = at;
    }

    /// How long the block at hand has taken.
    pub(super) fn block_took(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Tells a reader what has changed for it.
    #[inline]
    pub(super) fn tell<R: Reader>(&mut self, reader: &mut R, stage: usize) -> Result<()> {
        if self.changes.is_empty() {
            return Ok(());
        }
        for change in self.changes.extract_if(.., |it| it.stage == stage) {
            match change.what {
                What::Release { place } => reader.release(place),
                What::Adopt { name, next_offset } => reader.adopt(&name, next_offset)?,
            }
        }
        Ok(())
    }
}

impl Worker<'_> {
    /// Says now and then what the partitions have taken of the worker's time.
    pub(super) fn tell_load(&mut self) {
        let sharing = &self.run.sharing;
        if !sharing.has_several() {
            return;
        }
        let window = self.share.since.elapsed();
        let mut is_uneven = sharing.is_to_rotate(self.index);
        if window >= WINDOW {
            self.share.since = Instant::now();
            is_uneven |= sharing.heard(self.index, self.positions.take_loads(window));
        }
        if is_uneven {
            self.run.rounds.request();
        }
    }

    /// Says in a round how far the worker has come, if the round shares out again.
    pub(super) fn bring_share(&self) {
        let positions = self.positions.movable();
        self.run.sharing.brought(self.index, positions);
    }

    /// Follows what was decided in the round.
    pub(super) fn follow_moves(&mut self) {
        for Move {
            partition: (stage, name),
            from,
            to,
            next_offset,
        } in self.run.sharing.moves()
        {
            let what = if from == self.index {
                let place = self.positions.release(stage, &name);
                place.map(|place| What::Release { place })
            } else if to == self.index {
                if self.positions.adopt(stage, &name, next_offset) {
                    self.run.rounds.worker_goes_on();
                }
                Some(What::Adopt { name, next_offset })
            } else {
                None
            };
            self.share
                .changes
                .extend(what.map(|what| Change { stage, what }));
        }
        self.share.since = Instant::now();
        self.positions.take_loads(WINDOW);
    }
}
