//! How far one worker has read each of its partitions, and how much of its time each has taken.

use std::collections::BTreeMap;
use std::time::Duration;

use super::times::standing;
use crate::run::sharing::{Load, OfSource};
use crate::run::watermarks::Standing;
use crate::source::{Partition, PartitionName};

/// How far one worker has read, source by source.
#[derive(Debug, Default)]
pub(super) struct Positions {
    sources: BTreeMap<usize, SourcePositions>,
    /// Whether a block is being worked on.
    is_in_block: bool,
}

#[derive(Debug, Default)]
struct SourcePositions {
    /// By their places at the reader.
    partitions: Vec<Position>,
    /// The partition whose block is at hand, and where that block ends.
    current: Option<(usize, i64)>,
    ended: bool,
    /// Whether its partitions can go to other workers.
    is_movable: bool,
    ends: Ends,
}

/// What is known of the ends of a source's partitions.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// Nothing: it has always had records.
    #[default]
    Unknown,
    /// It has had nothing once, and can be asked now.
    Near,
    /// It has been asked which of them are reached.
    Asked,
}

#[derive(Debug)]
struct Position {
    name: PartitionName,
    /// Stands for its topic in the places of its records: the same in every run.
    topic: u32,
    next_offset: i64,
    /// How long its blocks have taken since the load was looked at last.
    busy: Duration,
    /// Whether it has gone to another worker.
    is_released: bool,
    /// Whether its reader has said that it has been read to its end, and it has given nothing since.
    is_caught_up: bool,
    /// Whether it has been read to its end at any time.
    has_been_read: bool,
}

impl Position {
    fn new(name: PartitionName, next_offset: i64) -> Self {
        Position {
            topic: crc32c::crc32c(name.topic.as_bytes()),
            name,
            next_offset,
            busy: Duration::ZERO,
            is_released: false,
            is_caught_up: false,
            has_been_read: false,
        }
    }
}

impl Positions {
    pub(super) fn open(&mut self, stage: usize, partitions: &[Partition], is_movable: bool) {
        let source = SourcePositions {
            is_movable,
            ..SourcePositions::default()
        };
        self.sources.insert(stage, source);
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
            .extend(found.map(|new| Position::new(new.name.clone(), new.start_offset)));
    }

    pub(super) fn enter(&mut self, stage: usize, partition: usize, next_offset: i64) {
        self.is_in_block = true;
        if let Some(source) = self.sources.get_mut(&stage) {
            source.current = Some((partition, next_offset));
            if let Some(position) = source.partitions.get_mut(partition) {
                position.is_caught_up = false;
            }
        }
    }

    /// The block at hand is done after this time, or was left at `failed_at`.
    pub(super) fn pass(&mut self, stage: usize, failed_at: Option<i64>, busy: Duration) {
        self.is_in_block = false;
        let Some(source) = self.sources.get_mut(&stage) else {
            return;
        };
        let Some((partition, next_offset)) = source.current else {
            return;
        };
        if let Some(position) = source.partitions.get_mut(partition) {
            position.next_offset = failed_at.unwrap_or(next_offset);
            position.busy += busy;
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
        self.still_open().count()
    }

    /// The sources that have not ended.
    pub(super) fn still_open(&self) -> impl Iterator<Item = usize> + '_ {
        let sources = self.sources.iter();
        sources
            .filter(|(_, source)| !source.ended)
            .map(|(stage, _)| *stage)
    }

    /// Notes that a source had nothing.
    pub(super) fn rest(&mut self, stage: usize) {
        if let Some(source) = self.sources.get_mut(&stage)
            && source.ends == Ends::Unknown
        {
            source.ends = Ends::Near;
        }
    }

    /// Whether a source has had nothing once.
    pub(super) fn has_rested(&self, stage: usize) -> bool {
        let source = self.sources.get(&stage);
        source.is_some_and(|source| source.ends != Ends::Unknown)
    }

    /// Notes which partitions of a source have been read to their ends once.
    pub(super) fn note_ends(&mut self, stage: usize, is_caught_up: impl Fn(usize) -> bool) {
        if let Some(source) = self.sources.get_mut(&stage) {
            source.ends = Ends::Asked;
            for (place, position) in source.partitions.iter_mut().enumerate() {
                position.has_been_read |= is_caught_up(place);
            }
        }
    }

    /// Whether all partitions of some sources have been read to their ends once.
    pub(super) fn have_been_read(&self, wanted: impl Fn(usize) -> bool) -> bool {
        let sources = self.sources.iter().filter(|(stage, _)| wanted(**stage));
        let mut open = sources.filter(|(_, source)| !source.ended);
        open.all(|(_, source)| {
            let mut own = source.partitions.iter().filter(|it| !it.is_released);
            source.ends == Ends::Asked && own.all(|position| position.has_been_read)
        })
    }

    fn own(&self) -> impl Iterator<Item = (usize, &SourcePositions, &Position)> + '_ {
        self.sources.iter().flat_map(|(stage, source)| {
            let own = source.partitions.iter();
            own.filter(|position| !position.is_released)
                .map(move |position| (*stage, source, position))
        })
    }

    /// Every partition with its next offset, and the source it belongs to.
    pub(super) fn all(&self) -> impl Iterator<Item = (OfSource, i64)> + '_ {
        self.own().map(|(stage, _, position)| {
            let partition = (stage, position.name.clone());
            (partition, position.next_offset)
        })
    }

    /// Notes which partitions of a source have been read to their end.
    pub(super) fn stand(&mut self, stage: usize, is_caught_up: impl Fn(usize) -> bool) {
        if let Some(source) = self.sources.get_mut(&stage) {
            for (place, position) in source.partitions.iter_mut().enumerate() {
                position.is_caught_up = is_caught_up(place);
            }
        }
    }

    /// How far each partition has been read.
    pub(super) fn standings(&self) -> impl Iterator<Item = (OfSource, Standing)> + '_ {
        self.own().map(|(stage, source, position)| {
            let partition = (stage, position.name.clone());
            let standing = standing(source.ended, position.is_caught_up);
            (partition, standing)
        })
    }

    /// The same of the partitions that can go to other workers.
    pub(super) fn movable(&self) -> impl Iterator<Item = (OfSource, i64)> + '_ {
        let movable = self.own().filter(|(_, source, _)| source.is_movable);
        movable.map(|(stage, _, position)| ((stage, position.name.clone()), position.next_offset))
    }

    /// What each partition that can move has taken of the worker's time since the last look.
    pub(super) fn take_loads(&mut self, window: Duration) -> Vec<Load> {
        let mut loads = Vec::new();
        for (stage, source) in &mut self.sources {
            for position in &mut source.partitions {
                let busy = std::mem::take(&mut position.busy);
                if source.is_movable && !position.is_released {
                    loads.push(Load {
                        partition: (*stage, position.name.clone()),
                        busy: busy.as_secs_f64() / window.as_secs_f64(),
                    });
                }
            }
        }
        loads
    }

    /// Lets go of a partition; gives its place at the reader.
    pub(super) fn release(&mut self, stage: usize, name: &PartitionName) -> Option<usize> {
        let source = self.sources.get_mut(&stage)?;
        let is_it = |position: &Position| !position.is_released && position.name == *name;
        let place = source.partitions.iter().position(is_it)?;
        source.partitions.get_mut(place)?.is_released = true;
        Some(place)
    }

    /// Takes a partition over; returns whether all sources had ended.
    pub(super) fn adopt(&mut self, stage: usize, name: &PartitionName, next_offset: i64) -> bool {
        let had_ended = self.open_sources() == 0;
        if let Some(source) = self.sources.get_mut(&stage) {
            let adopted = Position::new(name.clone(), next_offset);
            source.partitions.push(adopted);
            source.ended = false;
        }
        had_ended
    }

    /// Whether a block is being worked on, and not a round.
    pub(super) fn are_in_block(&self) -> bool {
        self.is_in_block
    }

    /// The partition of the block at hand.
    pub(super) fn current(&self, stage: usize) -> Option<&PartitionName> {
        let source = self.sources.get(&stage)?;
        let position = source.partitions.get(source.current?.0)?;
        Some(&position.name)
    }

    /// The partition of the block at hand, and what stands for its topic.
    #[inline]
    pub(super) fn current_place(&self, stage: usize) -> (i32, u32) {
        let source = self.sources.get(&stage);
        let position = source.and_then(|source| source.partitions.get(source.current?.0));
        position.map_or((0, 0), |position| (position.name.partition, position.topic))
    }

    /// The place of a record in the block at hand, as messages write it.
    pub(super) fn place(&self, stage: usize, offset: i64) -> String {
        self.current(stage).map_or_else(
            || format!("offset {offset}"),
            |partition| partition.place(offset),
        )
    }
}
