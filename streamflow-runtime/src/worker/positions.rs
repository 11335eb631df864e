//! How far one worker has read each of its partitions.

use std::collections::BTreeMap;

use crate::source::{Partition, PartitionName};

/// How far one worker has read, source by source.
#[derive(Debug, Default)]
pub(super) struct Positions {
    sources: BTreeMap<usize, SourcePositions>,
}

#[derive(Debug, Default)]
struct SourcePositions {
    partitions: Vec<(PartitionName, i64)>,
    /// The partition whose block is at hand, and where that block ends.
    current: Option<(usize, i64)>,
    ended: bool,
}

impl Positions {
    pub(super) fn open(&mut self, stage: usize, partitions: &[Partition]) {
        self.sources.insert(stage, SourcePositions::default());
        self.grow(stage, partitions);
    }

    /// Takes in partitions that were found since.
    pub(super) fn grow(&mut self, stage: usize, partitions: &[Partition]) {
        let Some(source) = self.sources.get_mut(&stage) else {
            return;
        };
        let known = source.partitions.len();
        let found = partitions.iter().skip(known);
        source
            .partitions
            .extend(found.map(|new| (new.name.clone(), new.start_offset)));
    }

    pub(super) fn enter(&mut self, stage: usize, partition: usize, next_offset: i64) {
        if let Some(source) = self.sources.get_mut(&stage) {
            source.current = Some((partition, next_offset));
        }
    }

    /// The block at hand is done, or was left at `failed_at`.
    pub(super) fn pass(&mut self, stage: usize, failed_at: Option<i64>) {
        let Some(source) = self.sources.get_mut(&stage) else {
            return;
        };
        let Some((partition, next_offset)) = source.current else {
            return;
        };
        if let Some((_, position)) = source.partitions.get_mut(partition) {
            *position = failed_at.unwrap_or(next_offset);
        }
    }

    /// Notes that a source has ended; returns whether it was the last one.
    pub(super) fn end(&mut self, stage: usize) -> bool {
        if let Some(source) = self.sources.get_mut(&stage) {
            source.ended = true;
        }
        self.open_sources() == 0
    }

    pub(super) fn has_ended(&self, stage: usize) -> bool {
        self.sources.get(&stage).is_some_and(|source| source.ended)
    }

    pub(super) fn open_sources(&self) -> usize {
        self.sources.values().filter(|source| !source.ended).count()
    }

    /// Every partition with its next offset, and the source it belongs to.
    pub(super) fn all(&self) -> impl Iterator<Item = (usize, PartitionName, i64)> + '_ {
        self.sources.iter().flat_map(|(stage, source)| {
            source
                .partitions
                .iter()
                .map(|(name, next_offset)| (*stage, name.clone(), *next_offset))
        })
    }

    /// The partition of the block at hand.
    pub(super) fn current(&self, stage: usize) -> Option<&PartitionName> {
        let source = self.sources.get(&stage)?;
        source
            .partitions
            .get(source.current?.0)
            .map(|(name, _)| name)
    }

    /// The place of a record in the block at hand, as messages write it.
    pub(super) fn place(&self, stage: usize, offset: i64) -> String {
        self.current(stage).map_or_else(
            || format!("offset {offset}"),
            |partition| partition.place(offset),
        )
    }
}
