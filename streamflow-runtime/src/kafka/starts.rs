//! Decides at which offset each partition begins, and where its end is for now.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::client::{ANSWER_WITHIN, Client, LOOK_WITHIN};
use super::failures::{self, failure};
use super::group;
use crate::config::{From, RunConfig};
use crate::error::{Code, Error, Result};
use crate::source::kafka::{Reads, Wanted};
use crate::source::{Opening, PartitionKind, PartitionName};

/// Where one partition begins.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) name: PartitionName,
    /// The first offset to read.
    pub(crate) offset: i64,
    /// The end of the partition at the start of the run.
    pub(crate) end_offset: i64,
}

impl Client {
    /// The partitions of some topics, in order, each with its start.
    pub(crate) fn find_starts(
        &self,
        topics: &Wanted,
        reads: &Reads,
        opening: &Opening<'_>,
    ) -> Result<Vec<Start>> {
        let mut names = Vec::new();
        for topic in &*self.topics_of(topics, ANSWER_WITHIN)? {
            let all = names_of(topic, self.partitions(topic)?);
            names.extend(all.filter(|name| reads.has(name.partition)));
        }
        let begin = reads.begin(opening.config.from);
        let committed = match opening.config.from {
            From::Checkpoint => self.committed(&names)?,
            From::Earliest | From::Latest | From::TimestampMs(_) => TopicPartitionList::new(),
        };
        if opening.checkpointed.is_empty() {
            no_state_is_left_behind(&committed, opening.config)?;
        }
        let timed = match begin {
            From::TimestampMs(time_ms) => self.at_time(&names, time_ms)?,
            From::Checkpoint | From::Earliest | From::Latest => TopicPartitionList::new(),
        };
        names
            .into_iter()
            .map(|name| {
                let (oldest, end_offset) = self.watermarks(&name)?;
                let named = reads.range(name.partition);
                let known = opening
                    .checkpointed_offset(&name)
                    .or_else(|| offset_in(&committed, &name))
                    .or(named.map(|range| range.start))
                    .or_else(|| offset_in(&timed, &name));
                let offset = known.unwrap_or(match begin {
                    From::Checkpoint | From::Earliest => oldest,
                    // A partition that the checkpoint does not know is newer than it.
                    _ if !opening.checkpointed.is_empty() => oldest,
                    // No record is as late as the time that was asked for.
                    From::Latest | From::TimestampMs(_) => end_offset,
                });
                within(&name, offset, oldest, end_offset)?;
                Ok(Start {
                    name,
                    offset,
                    end_offset: named.map_or(end_offset, |range| range.end),
                })
            })
            .collect()
    }

    /// The names of the topics that are wanted, in order.
    fn topics_of<'w>(&self, wanted: &'w Wanted, within: Duration) -> Result<Cow<'w, [Arc<str>]>> {
        match wanted {
            Wanted::Named(topics) => Ok(Cow::Borrowed(topics)),
            Wanted::Never(_) => Ok(Cow::Borrowed(&[])),
            Wanted::Matching(pattern) => {
                let mut found: Vec<Arc<str>> = self
                    .topics_within(within)
                    .map_err(|error| self.unreachable(&error))?
                    .into_iter()
                    .filter(|topic| pattern.has(topic))
                    .map(Into::into)
                    .collect();
                found.sort_unstable();
                if found.is_empty() {
                    tracing::warn!(
                        "no topic matches `{}` so far: those that are created are read",
                        pattern.written()
                    );
                }
                Ok(Cow::Owned(found))
            }
        }
    }

    /// The partitions of some topics that are not known yet.
    pub(super) fn new_partitions(&self, topics: &Wanted, known: &[Start]) -> Result<Vec<Start>> {
        let mut new = Vec::new();
        for topic in &*self.topics_of(topics, LOOK_WITHIN)? {
            for name in names_of(topic, self.partitions_now(topic)?) {
                if known.iter().all(|start| start.name != name) {
                    let (offset, end_offset) = self.watermarks_now(&name)?;
                    new.push(Start {
                        name,
                        offset,
                        end_offset,
                    });
                }
            }
        }
        Ok(new)
    }

    /// Why the log of a partition has not got an offset that is to be read next.
    pub(crate) fn out_of_range(&self, name: &PartitionName, offset: i64) -> Error {
        let bounds = self.watermarks_now(name);
        match bounds.and_then(|(oldest, end)| within(name, offset, oldest, end)) {
            Err(error) => error,
            // It has got it again: somebody is at work on the topic.
            Ok(()) => Error::new(
                Code::OffsetOutOfRange,
                "the log has lost an offset and found it again",
            )
            .at(name.place(offset))
            .help("start the job again if the topic is to be as it is now"),
        }
    }

    fn watermarks_now(&self, name: &PartitionName) -> Result<(i64, i64)> {
        let found = self
            .consumer()
            .fetch_watermarks(&name.topic, name.partition, LOOK_WITHIN);
        found.map_err(|error| not_found_out(name, &error))
    }

    fn watermarks(&self, name: &PartitionName) -> Result<(i64, i64)> {
        let found = failures::tried_again(|| {
            self.consumer()
                .fetch_watermarks(&name.topic, name.partition, ANSWER_WITHIN)
        });
        found.map_err(|error| not_found_out(name, &error))
    }

    fn committed(&self, names: &[PartitionName]) -> Result<TopicPartitionList> {
        failures::tried_again(|| self.group_offsets(names))
            .map_err(|error| failure("cannot read the offsets of the consumer group", &error))
    }

    fn at_time(&self, names: &[PartitionName], time_ms: i64) -> Result<TopicPartitionList> {
        let mut list = TopicPartitionList::with_capacity(names.len());
        for name in names {
            list.add_partition_offset(&name.topic, name.partition, Offset::Offset(time_ms))
                .map_err(|error| failure("cannot look up a time", &error).at(name))?;
        }
        self.consumer()
            .offsets_for_times(list, ANSWER_WITHIN)
            .map_err(|error| failure("cannot look up a time", &error))
    }
}

fn not_found_out(name: &PartitionName, error: &KafkaError) -> Error {
    failure("cannot find out the offsets of a partition", error).at(name)
}

fn names_of(topic: &Arc<str>, partitions: Vec<i32>) -> impl Iterator<Item = PartitionName> {
    partitions.into_iter().map(|partition| PartitionName {
        topic: Arc::clone(topic),
        partition,
        kind: PartitionKind::Topic,
    })
}

/// Offsets of the group that name a checkpoint are not all: what its open intervals have counted is
/// in none of the records behind them.
fn no_state_is_left_behind(committed: &TopicPartitionList, config: &RunConfig) -> Result<()> {
    let elements = committed.elements();
    let Some((element, epoch)) = elements
        .iter()
        .find_map(|element| Some((element, group::open_state(element.metadata())?)))
    else {
        return Ok(());
    };
    let what = format!(
        "the offsets of the group `{}` stand beside open intervals in checkpoint {epoch}, and this \
         run has no checkpoint",
        config.group
    );
    let help = match &config.checkpoint {
        None => {
            "give `--checkpoint` the directory of the last run; or begin anew, with `--from earliest`"
        }
        Some(_) => {
            "bring the files of the last run to the directory of `--checkpoint`; or begin anew, with `--from earliest`"
        }
    };
    Err(Error::new(Code::MissingCheckpoint, what)
        .at(format!("`{}`[{}]", element.topic(), element.partition()))
        .help(help))
}

fn offset_in(list: &TopicPartitionList, name: &PartitionName) -> Option<i64> {
    match list.find_partition(&name.topic, name.partition)?.offset() {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    }
}

/// A start outside the log means that records are gone, or that the topic is another one.
fn within(name: &PartitionName, offset: i64, oldest: i64, end_offset: i64) -> Result<()> {
    let what = if offset < oldest {
        let gone = oldest - offset;
        format!("need offset {offset}, oldest is {oldest}: {gone} records are gone")
    } else if offset > end_offset {
        format!(
            "need offset {offset}, but the log ends at {end_offset}: the topic was made anew or cut"
        )
    } else {
        return Ok(());
    };
    Err(Error::new(Code::OffsetOutOfRange, what).at(name).help(
        "begin with `--from earliest` and another `--group` or `--checkpoint` to go on without them",
    ))
}
