//! Reads the topics of a cluster through librdkafka, whole batches at a time.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::Until;
use crate::error::{Code, Error, Result};
use crate::kafka::messages::{Queue, SourceId, Taken};
use crate::kafka::{Client, Start, batch_failure};
use crate::source::{Block, Opening, Partition, Polled};

pub(super) use crate::kafka::messages::Messages;

/// How often librdkafka is asked what it has to say besides records.
const SERVE_EVERY: Duration = Duration::from_millis(100);

/// One worker's partitions of the topics of a cluster.
#[derive(Debug)]
pub struct LibrdkafkaReader {
    queue: Queue,
    partitions: Vec<Partition>,
    ends: Vec<End>,
    /// How librdkafka tells the partitions apart, as far as it has been seen.
    known: Vec<(SourceId, usize)>,
    served: Instant,
    share: Share,
}

/// Which of the partitions of which topics are this worker's.
#[derive(Debug)]
struct Share {
    stage: usize,
    worker: usize,
    workers: usize,
    topics: Vec<Arc<str>>,
    until: Until,
    /// How many partitions have been dealt out, to all workers.
    n_dealt: usize,
}

/// Where a partition ends for this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nowhere.
    Never,
    /// At the offset it had at the start of the run.
    At(i64),
    /// It has been reached.
    Reached,
}

impl LibrdkafkaReader {
    pub(super) fn open(
        client: &Arc<Client>,
        topics: &[Arc<str>],
        opening: &Opening<'_>,
    ) -> Result<Self> {
        let starts = client.starts(opening.stage, || client.find_starts(topics, opening))?;
        let mut reader = LibrdkafkaReader {
            queue: Queue::new(client),
            ends: Vec::new(),
            partitions: Vec::new(),
            known: Vec::new(),
            served: Instant::now(),
            share: Share {
                stage: opening.stage,
                worker: opening.worker,
                workers: opening.workers,
                topics: topics.to_vec(),
                until: opening.config.until,
                n_dealt: 0,
            },
        };
        let own = reader.take_share(&starts);
        client.will_read(own.iter());
        Ok(reader)
    }

    /// Makes room for this worker's partitions among those that were not dealt out before.
    fn take_share(&mut self, starts: &[Start]) -> Vec<Start> {
        let Share {
            worker,
            workers,
            until,
            n_dealt,
            ..
        } = self.share;
        let new = starts.iter().enumerate().skip(n_dealt);
        let own = new.filter(|(index, _)| index % workers == worker);
        let own: Vec<Start> = own.map(|(_, start)| start.clone()).collect();
        for start in &own {
            self.queue.takes(&start.name.topic, start.name.partition);
            self.ends.push(match until {
                Until::Stopped => End::Never,
                Until::CaughtUp if start.offset >= start.end_offset => End::Reached,
                Until::CaughtUp => End::At(start.end_offset),
            });
            self.partitions.push(Partition {
                name: start.name.clone(),
                start_offset: start.offset,
            });
        }
        self.share.n_dealt = starts.len();
        own
    }

    pub(super) fn partitions(&self) -> &[Partition] {
        &self.partitions
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
        let Some(Partition { name, .. }) = self.partitions.get(index) else {
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
                // A worker without partitions has reached all of its ends; more may come only in
                // a run without an end.
                let is_bounded = self.share.until == Until::CaughtUp;
                if is_bounded && self.ends.iter().all(|end| *end == End::Reached) {
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
        if self.served.elapsed() < SERVE_EVERY {
            return Ok(false);
        }
        self.served = Instant::now();
        self.queue.client().serve()?;
        match self.share.until {
            Until::Stopped => self.take_new_partitions(),
            Until::CaughtUp => Ok(false),
        }
    }

    fn take_new_partitions(&mut self) -> Result<bool> {
        let client = Arc::clone(self.queue.client());
        let Share {
            stage,
            worker,
            ref topics,
            n_dealt,
            ..
        } = self.share;
        if worker == 0 {
            client.look_for_partitions(stage, topics);
        }
        let Some(starts) = client
            .known_starts(stage)
            .filter(|starts| starts.len() > n_dealt)
        else {
            return Ok(false);
        };
        let own = self.take_share(&starts);
        for start in &own {
            client.read_also(start)?;
        }
        Ok(!own.is_empty())
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
                Ok(self.cut(index, places, last_offset))
            }
            Taken::End { source, offset } => {
                let index = self.index(source)?;
                let end = self.ends.get_mut(index);
                if let Some(end) = end
                    && matches!(*end, End::At(end_offset) if offset >= end_offset)
                {
                    *end = End::Reached;
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
        let end = self.ends.get_mut(index)?;
        let end_offset = match *end {
            End::Never => return block(places, last_offset + 1),
            End::Reached => return None,
            End::At(end_offset) => end_offset,
        };
        if last_offset + 1 >= end_offset {
            *end = End::Reached;
        }
        if last_offset < end_offset {
            return block(places, last_offset + 1);
        }
        let name = &self.partitions.get(index)?.name;
        let within = self
            .queue
            .messages(places.clone(), &name.topic, name.partition)
            .take_while(|record| record.offset < end_offset)
            .count();
        block(places.start..places.start + within, end_offset).filter(|_| within > 0)
    }

    fn index(&mut self, source: SourceId) -> Result<usize> {
        if let Some((_, index)) = self.known.iter().find(|(known, _)| *known == source) {
            return Ok(*index);
        }
        let (topic, partition) = source.name();
        let index = self
            .partitions
            .iter()
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
