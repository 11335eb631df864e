//! Ends a round: what the workers have handed over is published, saved and committed.
//!
//! The order in a round that saves: outputs are out → the checkpoint is durable → offsets are
//! committed. The other way round, a crash in between would lose records. Only the first of the
//! three holds the round up: the rest is done beside the loop, except in the last round.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{OnceLock, PoisonError};

use super::Run;
use super::kept::WATERMARK;
use super::tables::Tables;
use crate::checkpoint::{Checkpoint, Position, StateImage, StatePart};
use crate::connection::Patience;
use crate::error::{Code, Error, Result};
use crate::plan::Role;
use crate::round::Round;
use crate::source::{PartitionKind, PartitionName};
use crate::testing::Point;

/// What the workers have brought to a round that saves.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    positions: Vec<(usize, PartitionName, i64)>,
    images: Vec<Image>,
}

/// What one worker keeps for one stage.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) stage: usize,
    pub(crate) layout: String,
    pub(crate) parts: Vec<StatePart>,
    /// Looks whether a part can be read again, where that is to be found out.
    pub(crate) reads_again: Option<fn(&[u8]) -> bool>,
}

impl Collected {
    pub(crate) fn positions(&mut self, all: impl Iterator<Item = (usize, PartitionName, i64)>) {
        self.positions.extend(all);
    }

    pub(crate) fn image(&mut self, image: Image) {
        self.images.push(image);
    }
}

impl Run {
    /// Publishes what the workers have handed over, and saves it if the round does.
    pub(crate) fn settle(&self, round: &Round) -> Result<()> {
        for sink in &self.sinks {
            sink.publish(round)?;
        }
        if round.weighs {
            self.memory.tell(self.plan);
        }
        self.come_to(Point::AfterRound)?;
        if self.under_test.is_looking() {
            let images = self.collected().images.clone();
            self.under_test.show(images);
        }
        // Every worker has worked on what waited.
        let times_wait = self.times_wait.swap(false, Ordering::AcqRel);
        let waits = times_wait || self.tables.is_loading();
        self.items_wait.store(waits, Ordering::Release);
        let shares_again = self.sharing.is_wanted() && !round.last;
        let saves = round.saves && (round.last || !self.save_waits(round));
        for sink in &self.sinks {
            if saves {
                sink.flush()?;
            } else if shares_again {
                sink.keep_order()?;
            }
        }
        if shares_again {
            self.sharing.decide();
        }
        if !saves {
            // What a test has looked at is of this round only, and what a save that was put off would
            // have had.
            *self.collected() = Collected::default();
            return Ok(());
        }
        self.come_to(Point::BeforeSave)?;
        self.collect_watermarks()?;
        for sink in &self.sinks {
            sink.note_saved();
        }
        // Epochs become durable in their order.
        self.saving.finish();
        let collected = std::mem::take(&mut *self.collected());
        if round.last || self.store.is_none() {
            return self.save(collected, round.last);
        }
        self.saving.begin(collected);
        if self.is_test() {
            // A test finds on disk what its job has saved.
            self.saving.finish();
        }
        Ok(())
    }

    /// Whether the save of a round waits for what sinks are writing.
    fn save_waits(&self, round: &Round) -> bool {
        let until_ms = self.sinks.iter().filter_map(|it| it.saves_wait_until_ms());
        self.rounds.puts_off_save(round, until_ms.max())
    }

    /// Adds the watermarks of the round to what it saves.
    fn collect_watermarks(&self) -> Result<()> {
        if !self.has_checkpoints() {
            return Ok(());
        }
        for (stage, role) in self.plan.stages.iter().map(|stage| stage.role).enumerate() {
            if let Role::EventTime { .. } = role {
                let image = self.watermarks.image(
                    stage,
                    |source| self.source_name(source),
                    |other| self.state_name(other),
                );
                let bytes = image.map_err(|cause| self.unsaveable(stage).caused_by(cause))?;
                self.collected().image(Image {
                    stage,
                    layout: WATERMARK.to_owned(),
                    parts: vec![StatePart { group: None, bytes }],
                    reads_again: None,
                });
            }
        }
        Ok(())
    }

    /// Writes a checkpoint, if the run has any, and commits what is saved.
    pub(super) fn save(&self, collected: Collected, is_last: bool) -> Result<()> {
        let Collected { positions, images } = collected;
        let mut open_state = None;
        if let Some(store) = &self.store {
            for image in &images {
                self.can_be_restored(image)?;
            }
            let checkpoint = self.checkpoint(&positions, images);
            store
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .write(&checkpoint)?;
            open_state = checkpoint.epoch_of_open_state();
        }
        self.come_to(Point::AfterSave)?;
        // Without a checkpoint a table ends with its run: the next one reads all of it again.
        if self.store.is_none() && Tables::are_in(self.plan) {
            return Ok(());
        }
        // Behind the checkpoint: the other order would lose records if we died in between.
        let patience = if is_last {
            Patience::TryAgain
        } else {
            Patience::LeaveToNext
        };
        self.connection
            .commit(&lowest_per_partition(positions), open_state, patience)
    }

    /// Found out when state is saved, not when it is needed.
    fn can_be_restored(&self, image: &Image) -> Result<()> {
        match image.reads_again {
            Some(reads_again) if !image.parts.iter().all(|part| reads_again(&part.bytes)) => {
                Err(self.unsaveable(image.stage))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The error of a stage whose state cannot be kept in a checkpoint.
    pub(crate) fn unsaveable(&self, stage: usize) -> Error {
        let (text, line) = self
            .plan
            .stages
            .get(stage)
            .map_or(("", 0), |stage| (stage.text, stage.line));
        let kept = self.kept.get(stage).and_then(OnceLock::get);
        let layout = kept.map_or("", |kept| &kept.layout);
        Error::new(
            Code::UnsaveableState,
            format!("`{text}` (line {line}) keeps `{layout}`, which cannot be read again from a checkpoint"),
        )
        .help("a checkpoint holds values without names: take `skip_serializing_if`, `flatten`, `untagged` and `tag` of serde out of the types that are kept")
    }

    fn checkpoint(
        &self,
        positions: &[(usize, PartitionName, i64)],
        images: Vec<Image>,
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
        for Image {
            stage,
            layout,
            parts,
            ..
        } in images
        {
            let name = self.state_name(stage);
            match states.iter_mut().find(|state| state.name == name) {
                Some(state) => state.parts.extend(parts),
                None => states.push(StateImage {
                    name,
                    layout,
                    parts,
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
