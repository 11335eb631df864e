//! Ends a round: what the workers have handed over is published, saved and committed.
//!
//! The order in a round that saves: outputs are out → the checkpoint is durable → offsets are
//! committed. The other way round, a crash in between would lose records.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::Run;
use crate::checkpoint::{Checkpoint, Position, StateImage};
use crate::connection::Patience;
use crate::error::Result;
use crate::round::Round;
use crate::source::{PartitionKind, PartitionName};

/// What the workers have brought to a round that saves.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    positions: Vec<(usize, PartitionName, i64)>,
    images: Vec<(usize, String, Vec<u8>)>,
}

impl Collected {
    pub(crate) fn positions(&mut self, all: impl Iterator<Item = (usize, PartitionName, i64)>) {
        self.positions.extend(all);
    }

    pub(crate) fn image(&mut self, stage: usize, layout: String, bytes: Vec<u8>) {
        self.images.push((stage, layout, bytes));
    }
}

impl Run {
    /// Publishes what the workers have handed over, and saves it if the round does.
    pub(crate) fn settle(&self, round: &Round) -> Result<()> {
        for sink in &self.sinks {
            sink.publish(round)?;
        }
        if !round.saves {
            return Ok(());
        }
        for sink in &self.sinks {
            sink.flush()?;
        }
        let Collected { positions, images } = std::mem::take(&mut *self.collected());
        let mut open_state = None;
        if let Some(store) = &self.store {
            let checkpoint = self.checkpoint(&positions, images);
            store
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .write(&checkpoint)?;
            open_state = checkpoint.epoch_of_open_state();
        }
        // Behind the checkpoint: the other order would lose records if we died in between.
        let patience = if round.last {
            Patience::TryAgain
        } else {
            Patience::LeaveToNext
        };
        self.connection
            .commit(&lowest_per_partition(positions), open_state, patience)
    }

    fn checkpoint(
        &self,
        positions: &[(usize, PartitionName, i64)],
        images: Vec<(usize, String, Vec<u8>)>,
    ) -> Checkpoint {
        let positions = positions
            .iter()
            .map(|(stage, partition, next_offset)| Position {
                source: self.source_name(*stage),
                partition: partition.clone(),
                next_offset: *next_offset,
            })
            .collect();
        let mut states: Vec<StateImage> = Vec::new();
        for (stage, layout, part) in images {
            let name = self.state_name(stage);
            match states.iter_mut().find(|state| state.name == name) {
                Some(state) => state.parts.push(part),
                None => states.push(StateImage {
                    name,
                    layout,
                    parts: vec![part],
                }),
            }
        }
        Checkpoint {
            job: self.plan.name.to_owned(),
            epoch: self.last_epoch.fetch_add(1, Ordering::AcqRel) + 1,
            taken_at_ms: self.clock.now_ms(),
            positions,
            states,
        }
    }
}

/// Two sources may read one partition: the group must not pass a record that one of them still
/// needs.
fn lowest_per_partition(positions: Vec<(usize, PartitionName, i64)>) -> Vec<(PartitionName, i64)> {
    let mut lowest: BTreeMap<PartitionName, i64> = BTreeMap::new();
    for (_, partition, next_offset) in positions {
        if partition.kind == PartitionKind::Topic {
            let known = lowest.entry(partition).or_insert(next_offset);
            *known = next_offset.min(*known);
        }
    }
    lowest.into_iter().collect()
}
