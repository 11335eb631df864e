//! Reads the topics of a cluster through librdkafka, whole batches at a time.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::reads::Reads;
use super::share::{End, Share};
use super::wanted::Wanted;
use crate::error::{Code, Error, Result};
use crate::kafka::messages::{Queue, SourceId, Taken};
use crate::kafka::{Client, Start, batch_failure};
use crate::source::{Block, Opening, Partition, Polled};

pub(super) use crate::kafka::messages::Messages;

/// One worker's partitions of the topics of a cluster.
#[derive(Debug)]
pub(super) struct LibrdkafkaReader {
    queue: Queue,
    share: Share,
    /// How librdkafka tells the partitions apart, as far as it has been seen.
    known: Vec<(SourceId, usize)>,
    /// The first offset of each partition that has not been handed out, as far as any has.
    next_offsets: Vec<i64>,
}

impl LibrdkafkaReader {
    pub(super) fn open(
        client: &Arc<Client>,
        (topics, reads): (&Wanted, &Reads),
        opening: &Opening<'_>,
    ) -> Result<Self> {
        let (share, own) = Share::open(client, (topics, reads), opening)?;
        let queue = Queue::new(client);
        take_to(&queue, &own);
        Ok(LibrdkafkaReader {
            queue,
            share,
            known: Vec::new(),
            next_offsets: Vec::new(),
        })
    }

    pub(super) fn partitions(&self) -> &[Partition] {
        self.share.partitions()
    }

    pub(super) fn is_caught_up(&self, index: usize) -> bool {
        let next_offset = self.next_offsets.get(index).copied();
        self.share.is_caught_up(index, next_offset.unwrap_or(0))
    }

    pub(super) fn poll(&mut self, wait: Duration) -> Result<Polled<Messages<'_>>> {
        let (index, places, next_offset) = match self.next(wait)? {
            Polled::Block(Block {
                partition,
                items,
                next_offset,
            }) => (partition, items, next_offset),
            Polled::Idle => return Ok(Polled::Idle),
            Polled::Ended => return Ok(Polled::Ended),
        };
        let Some(Partition { name, .. }) = self.share.partition(index) else {
            return Ok(Polled::Idle);
        };
        let items = self.queue.messages(places, &name.topic, name.partition);
        Ok(Polled::Block(Block {
            partition: index,
            next_offset,
            items,
        }))
    }

    /// The next block, by the places of its messages.
    fn next(&mut self, wait: Duration) -> Result<Polled<Range<usize>>> {
        let mut has_taken = false;
        loop {
            if self.queue.is_spent() {
                if has_taken {
                    // A whole batch had nothing for this run: a trigger may be due by now.
                    return Ok(Polled::Idle);
                }
                if self.serve()? {
                    // The worker learns of new partitions before it gets records of them.
                    return Ok(Polled::Idle);
                }
                if self.share.has_ended() {
                    return Ok(Polled::Ended);
                }
                if !self.queue.refill(wait) {
                    return Ok(Polled::Idle);
                }
                self.queue.client().answered();
                has_taken = true;
            }
            let Some(taken) = self.queue.next_run() else {
                continue;
            };
            if let Some(block) = self.accept(taken)? {
                return Ok(Polled::Block(block));
            }
        }
    }

    /// Hears what librdkafka has to say; returns whether there are new partitions.
    fn serve(&mut self) -> Result<bool> {
        let new = self.share.serve()?;
        take_to(&self.queue, &new);
        for start in &new {
            self.queue.client().read_also(start)?;
        }
        Ok(!new.is_empty())
    }

    /// What of it is to be processed.
    fn accept(&mut self, taken: Taken) -> Result<Option<Block<Range<usize>>>> {
        match taken {
            Taken::Run {
                source,
                places,
                last_offset,
            } => {
                let index = self.index(source)?;
                self.came_to(index, last_offset + 1);
                Ok(self.cut(index, places, last_offset))
            }
            Taken::End { source, offset } => {
                let index = self.index(source)?;
                self.came_to(index, offset);
                self.share.log_ends(index, offset);
                if matches!(self.share.end(index), End::At(end_offset) if offset >= end_offset) {
                    self.share.reach(index);
                }
                Ok(None)
            }
            Taken::Failed {
                source,
                code,
                offset,
            } => {
                let (topic, partition) = source.name();
                let Some(error) = batch_failure(code) else {
                    tracing::warn!("`{topic}`[{partition}]: {code}, trying on");
                    return Ok(None);
                };
                let place = if offset >= 0 {
                    format!(" at offset {offset}")
                } else {
                    String::new()
                };
                Err(error.at(format!("`{topic}`[{partition}]{place}")))
            }
        }
    }

    /// Leaves out what lies behind the end of the run.
    fn cut(
        &mut self,
        index: usize,
        places: Range<usize>,
        last_offset: i64,
    ) -> Option<Block<Range<usize>>> {
        let block = |items, next_offset| {
            Some(Block {
                partition: index,
                next_offset,
                items,
            })
        };
        let end_offset = match self.share.end(index) {
            End::Never => return block(places, last_offset + 1),
            End::Reached => return None,
            End::At(end_offset) => end_offset,
        };
        if last_offset + 1 >= end_offset {
            self.share.reach(index);
        }
        if last_offset < end_offset {
            return block(places, last_offset + 1);
        }
        let name = &self.share.partition(index)?.name;
        let within = self
            .queue
            .messages(places.clone(), &name.topic, name.partition)
            .take_while(|record| record.offset < end_offset)
            .count();
        block(places.start..places.start + within, end_offset).filter(|_| within > 0)
    }

    /// Notes how far a partition has come.
    fn came_to(&mut self, index: usize, next_offset: i64) {
        let known = self.share.partitions().iter().skip(self.next_offsets.len());
        let starts = known.map(|partition| partition.start_offset);
        self.next_offsets.extend(starts);
        if let Some(known) = self.next_offsets.get_mut(index) {
            *known = next_offset.max(*known);
        }
    }

    fn index(&mut self, source: SourceId) -> Result<usize> {
        if let Some((_, index)) = self.known.iter().find(|(known, _)| *known == source) {
            return Ok(*index);
        }
        let (topic, partition) = source.name();
        let mut partitions = self.share.partitions().iter();
        let index = partitions
            .position(|known| *known.name.topic == topic && known.name.partition == partition)
            .ok_or_else(|| {
                Error::new(
                    Code::Bug,
                    "records came of a partition that this worker does not read",
                )
                .at(format!("`{topic}`[{partition}]"))
            })?;
        self.known.push((source, index));
        Ok(index)
    }
}

/// Lets the messages of partitions come to a queue.
fn take_to(queue: &Queue, partitions: &[Start]) {
    for start in partitions {
        queue.takes(&start.name.topic, start.name.partition);
    }
}
