//! Reads topics inside the process: the partitions of one worker, in turn.

use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::cut::Cut;
use super::damage::{damaged, walked_whole};
use super::reads::Reads;
use super::wanted::{Pattern, Wanted};
use crate::batch::{Breakage, Records};
use crate::config::{From, Until};
use crate::error::{Code, Error, Result};
use crate::source::{Block, Opening, Partition, PartitionKind, PartitionName, Polled};
use crate::time::Clock;
use crate::topics::{Fetched, Topic, Topics};

/// How long a reader without records sleeps before it looks again.
const STEP: Duration = Duration::from_millis(1);

/// One worker's partitions of topics inside the process.
#[derive(Debug)]
pub(super) struct InProcessReader {
    topics: Arc<Topics>,
    partitions: Vec<Partition>,
    /// How far each of the partitions has been read.
    cursors: Vec<Cursor>,
    /// The partition that is looked at first.
    turn: usize,
    clock: Clock,
    until: Until,
    reads: Reads,
    /// How a test wants what is read to be cut.
    cut: Option<Cut>,
    /// What names of topics match that may still be created.
    pattern: Option<Pattern>,
    /// How many of the topics that have been created are known to match or not to.
    n_looked_at: usize,
    /// How many partitions have been dealt out, to all workers.
    n_dealt: usize,
    /// This worker, and how many there are.
    owner: (usize, usize),
    fetched: Fetched,
    /// Where the records handed out last turned out broken, and of which partition they are.
    breakage: Breakage,
    handed_out: usize,
    /// How many offsets a block reaches over at most.
    longest: i64,
}

/// How far a partition has been read, and how far it is to be.
#[derive(Debug)]
struct Cursor {
    topic: Arc<Topic>,
    partition: usize,
    wanted: Range<i64>,
}

impl InProcessReader {
    pub(super) fn open(
        topics: &Arc<Topics>,
        wanted: &Wanted,
        reads: &Reads,
        opening: &Opening<'_>,
    ) -> Result<Self> {
        let mut reader = InProcessReader {
            topics: Arc::clone(topics),
            partitions: Vec::new(),
            cursors: Vec::new(),
            turn: 0,
            clock: opening.clock.clone(),
            until: reads.until(opening.config.until),
            reads: reads.clone(),
            cut: topics.cut().map(|seed| Cut::new(seed, opening.worker)),
            pattern: None,
            n_looked_at: 0,
            n_dealt: 0,
            owner: (opening.worker, opening.workers),
            fetched: Fetched::default(),
            breakage: Breakage::default(),
            handed_out: 0,
            longest: i64::MAX,
        };
        match wanted {
            Wanted::Named(names) => {
                for name in names {
                    let topic = topics
                        .topic(name)
                        .ok_or_else(|| unknown_topic(topics, name))?;
                    reader.open_topic(name, &topic, opening)?;
                }
            }
            Wanted::Matching(pattern) => {
                reader.pattern = Some(pattern.clone());
                for (name, topic) in reader.new_topics() {
                    reader.open_topic(&name, &topic, opening)?;
                }
                if reader.n_dealt == 0 && !topics.creates() {
                    return Err(no_topic_matches(pattern));
                }
            }
            Wanted::Never(_) => {}
        }
        Ok(reader)
    }

    /// Takes this worker's partitions of a topic that is there when the run begins.
    fn open_topic(
        &mut self,
        topic_name: &Arc<str>,
        topic: &Arc<Topic>,
        opening: &Opening<'_>,
    ) -> Result<()> {
        let now_ms = self.clock.now_ms();
        let topics = Arc::clone(&self.topics);
        let all: Vec<_> = partition_names(topic_name, topic).collect();
        // Of all partitions, not only of this worker's: every worker sees the same topic.
        for name in &all {
            if let Some(offset) = remembered_offset(&topics, name, opening) {
                topic.resume_at(offset, now_ms);
            }
        }
        for (partition, name) in all.into_iter().enumerate() {
            if self.is_next_own() && self.reads.has(name.partition) {
                let cursor =
                    Cursor::open((&topics, topic), partition, &name, &self.reads, opening)?;
                self.add(name, cursor);
            }
        }
        Ok(())
    }

    /// Whether the partition that is dealt out next is this worker's: they are dealt in turn.
    fn is_next_own(&mut self) -> bool {
        let (worker, workers) = self.owner;
        let is_own = self.n_dealt % workers == worker;
        self.n_dealt += 1;
        is_own
    }

    fn add(&mut self, name: PartitionName, cursor: Cursor) {
        self.partitions.push(Partition {
            name,
            start_offset: cursor.wanted.start,
        });
        self.cursors.push(cursor);
    }

    /// The topics that match, of those that have been created since the last look. Every worker sees
    /// them in the order in which they were created, and so they agree on who reads what.
    fn new_topics(&mut self) -> Vec<(Arc<str>, Arc<Topic>)> {
        let Some(pattern) = &self.pattern else {
            return Vec::new();
        };
        let created = self.topics.created_since(self.n_looked_at);
        self.n_looked_at += created.len();
        let matching = created.into_iter().filter(|name| pattern.has(name));
        matching
            .filter_map(|name| self.topics.topic(&name).map(|topic| (name, topic)))
            .collect()
    }

    /// Takes this worker's partitions of topics that were created since; returns whether there are
    /// any. They are read from their beginning.
    fn look_for_topics(&mut self) -> bool {
        let n_before = self.partitions.len();
        if self.pattern.is_none() || self.until == Until::CaughtUp {
            return false;
        }
        for (topic_name, topic) in self.new_topics() {
            let now_ms = self.clock.now_ms();
            for (partition, name) in partition_names(&topic_name, &topic).enumerate() {
                if self.is_next_own() && self.reads.has(name.partition) {
                    let start = topic.offsets(partition, now_ms).start;
                    let topic = Arc::clone(&topic);
                    let wanted = match self.reads.range(name.partition) {
                        Some(range) => range.clone(),
                        None => start..i64::MAX,
                    };
                    self.add(
                        name,
                        Cursor {
                            topic,
                            partition,
                            wanted,
                        },
                    );
                }
            }
        }
        self.partitions.len() > n_before
    }

    pub(super) fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    pub(super) fn poll(&mut self, wait: Duration) -> Result<Polled<Records<'_>>> {
        let began = Instant::now();
        if self.look_for_topics() {
            // The worker learns of new partitions before it gets records of them.
            return Ok(Polled::Idle);
        }
        loop {
            if let Some(index) = self.fetch()? {
                return self.block(index).map(Polled::Block);
            }
            if self.has_ended() {
                return Ok(Polled::Ended);
            }
            let left = wait.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Ok(Polled::Idle);
            }
            thread::sleep(left.min(STEP));
        }
    }

    pub(super) fn limit(&mut self, records: u64) {
        self.longest = i64::try_from(records).unwrap_or(i64::MAX);
    }

    pub(super) fn finish(&mut self) -> Result<()> {
        let partition = self.partitions.get(self.handed_out);
        walked_whole(&self.breakage, partition.map(|it| &it.name))
    }

    pub(super) fn is_caught_up(&self, index: usize) -> bool {
        let now_ms = self.clock.now_ms();
        self.cursors.get(index).is_none_or(|cursor| {
            let end = cursor.topic.offsets(cursor.partition, now_ms).end;
            cursor.wanted.is_empty() || cursor.wanted.start >= end
        })
    }

    pub(super) fn release(&mut self, index: usize) {
        if let Some(cursor) = self.cursors.get_mut(index) {
            cursor.wanted = 0..0;
        }
    }

    pub(super) fn adopt(&mut self, name: &PartitionName, next_offset: i64) -> Result<()> {
        let (Some(topic), Ok(partition)) = (
            self.topics.topic(&name.topic),
            usize::try_from(name.partition),
        ) else {
            return Err(unknown_topic(&self.topics, &name.topic));
        };
        let end = match self.reads.range(name.partition) {
            Some(range) => range.end,
            None => end_of(&topic, partition, self.until),
        };
        let end = end.max(next_offset);
        self.cursors.push(Cursor {
            topic,
            partition,
            wanted: next_offset..end,
        });
        self.partitions.push(Partition {
            name: name.clone(),
            start_offset: next_offset,
        });
        Ok(())
    }

    /// Fetches from the next partition that has something.
    fn fetch(&mut self) -> Result<Option<usize>> {
        if self.topics.is_held() {
            return Ok(None);
        }
        let now_ms = self.clock.now_ms();
        let n_cursors = self.cursors.len();
        if let Some(cut) = &mut self.cut {
            self.turn = cut.first_of(n_cursors);
        }
        for index in (self.turn..n_cursors).chain(0..self.turn) {
            let Some(cursor) = self.cursors.get(index) else {
                continue;
            };
            if cursor.wanted.is_empty() {
                // Read to its end; whether retention goes past it does not matter any more.
                continue;
            }
            let has_some = cursor
                .topic
                .read(
                    cursor.partition,
                    &cursor.next(self.longest),
                    now_ms,
                    &mut self.fetched,
                )
                .map_err(|available| {
                    out_of_range(
                        &self.partitions[index].name,
                        cursor.wanted.start,
                        &available,
                    )
                })?;
            if has_some {
                self.turn = (index + 1) % n_cursors;
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// Hands out what was fetched from a partition.
    fn block(&mut self, index: usize) -> Result<Block<Records<'_>>> {
        let name = &self.partitions[index].name;
        let cut = self.cut.as_mut().map_or(i64::MAX, Cut::records);
        let next = self.cursors[index].next(self.longest.min(cut));
        let wanted = &mut self.cursors[index].wanted;
        let batches = self
            .fetched
            .check()
            .map_err(|damage| damaged(name, damage))?;
        let first_offset = wanted.start;
        wanted.start = batches
            .next_offset()
            .unwrap_or(first_offset)
            .min(next.end)
            .max(first_offset);
        self.handed_out = index;
        Ok(Block {
            partition: index,
            next_offset: wanted.start,
            items: Records::new(&name.topic, name.partition, batches, next, &self.breakage),
        })
    }

    fn has_ended(&self) -> bool {
        self.until == Until::CaughtUp && self.cursors.iter().all(|cursor| cursor.wanted.is_empty())
    }
}

impl Cursor {
    /// The offsets that the next block may have.
    fn next(&self, longest: i64) -> Range<i64> {
        let Range { start, end } = self.wanted;
        start..end.min(start.saturating_add(longest))
    }

    fn open(
        (topics, topic): (&Topics, &Arc<Topic>),
        partition: usize,
        name: &PartitionName,
        reads: &Reads,
        opening: &Opening<'_>,
    ) -> Result<Self> {
        let now_ms = opening.clock.now_ms();
        let available = topic.offsets(partition, now_ms);
        let named = reads.range(name.partition);
        let start = match (
            remembered_offset(topics, name, opening).or(named.map(|range| range.start)),
            reads.begin(opening.config.from),
        ) {
            (Some(offset), _) => offset,
            (None, From::Checkpoint | From::Earliest) => available.start,
            // A partition that the checkpoint does not know is newer than it.
            (None, _) if !opening.checkpointed.is_empty() => available.start,
            (None, From::Latest) => available.end,
            (None, From::TimestampMs(timestamp_ms)) => topic
                .first_at_or_after(partition, timestamp_ms, now_ms)
                .map_err(|damage| damaged(name, damage))?,
        };
        if start < available.start || start > available.end {
            return Err(out_of_range(name, start, &available));
        }
        let end = match named {
            Some(range) => range.end,
            None => end_of(topic, partition, reads.until(opening.config.until)),
        };
        let end = end.max(start);
        Ok(Cursor {
            topic: Arc::clone(topic),
            partition,
            wanted: start..end,
        })
    }
}

/// Where a partition ends for this run.
fn end_of(topic: &Topic, partition: usize, until: Until) -> i64 {
    match until {
        Until::Stopped => i64::MAX,
        Until::CaughtUp => topic.end_offset_at_start(partition),
    }
}

fn partition_names<'a>(
    topic_name: &'a Arc<str>,
    topic: &Topic,
) -> impl Iterator<Item = PartitionName> + use<'a> {
    let numbers = (0..topic.n_partitions()).zip(0..).map(|(_, number)| number);
    numbers.map(|partition| PartitionName {
        topic: Arc::clone(topic_name),
        partition,
        kind: PartitionKind::Topic,
    })
}

/// Where an earlier run has left a partition, as far as this run is to know.
fn remembered_offset(topics: &Topics, name: &PartitionName, opening: &Opening<'_>) -> Option<i64> {
    opening
        .checkpointed_offset(name)
        .or_else(|| match opening.config.from {
            From::Checkpoint => topics.committed(name),
            From::Earliest | From::Latest | From::TimestampMs(_) => None,
        })
}

fn unknown_topic(topics: &Topics, topic: &str) -> Error {
    let what = format!("no broker is named, and no topic `{topic}` lives inside this process");
    let advice = "name a broker with `--brokers host:9092`, or give the job sample records \
                  (`.samples(Samples::new(\"topic\", |n| …))`)";
    let advice = match topics.near_miss(topic) {
        Some(near) => format!("{advice}; or did you mean `{near}`?"),
        None => advice.to_owned(),
    };
    Error::new(Code::UnknownInput, what).help(advice)
}

fn no_topic_matches(pattern: &Pattern) -> Error {
    let what = format!(
        "no broker is named, and no topic inside this process matches `{}`",
        pattern.written()
    );
    Error::new(Code::UnknownInput, what).help(
        "name a broker with `--brokers host:9092`, or give the job sample records of such a topic \
         (`.samples(Samples::new(\"topic\", |n| …))`)",
    )
}

fn out_of_range(name: &PartitionName, wanted: i64, available: &Range<i64>) -> Error {
    let Range { start: oldest, end } = available;
    if wanted > *end {
        let what = format!("{name}: need offset {wanted}, but the topic ends at {end}");
        return Error::new(Code::OffsetOutOfRange, what).help(
            "the topic is not the one that was read before: start over without the checkpoint",
        );
    }
    let gone = oldest.saturating_sub(wanted);
    let what = format!("{name}: need offset {wanted}, oldest is {oldest}: {gone} records are gone");
    Error::new(Code::OffsetOutOfRange, what)
        .help("to go on without them, start over without the checkpoint and with `--from earliest`")
}

#[cfg(test)]
mod tests;
