//! Keeps a job's progress in its consumer group, and notices when a newer process does the same.
//!
//! Partitions are assigned, not subscribed to, so the group has no members and no rebalances. In
//! their place every commit carries in its metadata which process made it; each process looks at
//! that before it commits:
//!
//! ```text
//! start:   read offsets → number = the highest in the metadata + 1 → commit the start with it
//! commit:  read offsets → a higher number there? end, somebody newer runs the job : commit
//! ```
//!
//! Two processes that overlap for a moment read some records twice, and lose none.
//!
//! Where a checkpoint holds open state beside the offsets, they name its epoch: whoever went on at
//! them without it would lose what the open intervals have counted.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{Offset, TopicPartitionList};

use super::client::Client;
use super::failures::{self, failure};
use super::starts::Start;
use crate::connection::Patience;
use crate::error::{Code, Error, Result};
use crate::source::PartitionName;

/// The longest that one look at the group's offsets may take.
const LOOK_WITHIN: Duration = Duration::from_secs(10);

/// Brokers forget the offsets of a group without members some days after their commit: an idle
/// job commits the same ones again.
const COMMIT_AGAIN_AFTER: Duration = Duration::from_secs(3_600);

/// How long the last commit of a run is tried.
const LAST_COMMIT_WITHIN: Duration = Duration::from_secs(15);

/// Which of several processes that run one job this is: the highest is the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Incarnation {
    number: u64,
    /// Tells two processes apart that started at the same moment.
    random: u64,
}

/// What stands beside a committed offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Beside {
    process: Incarnation,
    /// The epoch of the checkpoint that holds open state.
    open_state: Option<u64>,
}

impl fmt::Display for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Incarnation { number, random } = self.process;
        write!(f, "sf1;i={number};r={random:016x}")?;
        match self.open_state {
            Some(epoch) => write!(f, ";e={epoch}"),
            None => Ok(()),
        }
    }
}

impl Beside {
    fn read(metadata: &str) -> Option<Self> {
        let (number, rest) = metadata.strip_prefix("sf1;i=")?.split_once(";r=")?;
        let (random, open_state) = match rest.split_once(";e=") {
            Some((random, epoch)) => (random, Some(epoch.parse().ok()?)),
            None => (rest, None),
        };
        Some(Beside {
            process: Incarnation {
                number: number.parse().ok()?,
                random: u64::from_str_radix(random, 16).ok()?,
            },
            open_state,
        })
    }
}

/// The epoch of the checkpoint that an offset of the group names.
pub(super) fn open_state(metadata: &str) -> Option<u64> {
    Beside::read(metadata)?.open_state
}

/// The consumer group of one run.
#[derive(Debug)]
pub(super) struct Group {
    name: String,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    own: Incarnation,
    /// What was committed last, so that an idle job does not commit the same again.
    committed: Vec<(PartitionName, i64)>,
    /// The checkpoint that was named beside it.
    named: Option<u64>,
    committed_at: Instant,
}

impl State {
    fn beside(&self, open_state: Option<u64>) -> Beside {
        Beside {
            process: self.own,
            open_state,
        }
    }
}

impl Group {
    pub(super) fn new(name: &str) -> Self {
        let random = RandomState::new().hash_one(std::process::id());
        let own = Incarnation { number: 0, random };
        Group {
            name: name.to_owned(),
            state: Mutex::new(State {
                own,
                committed: Vec::new(),
                named: None,
                committed_at: Instant::now(),
            }),
        }
    }

    /// Makes this process the one that runs the job.
    pub(super) fn claim(
        &self,
        client: &Client,
        reading: &[Start],
        open_state: Option<u64>,
    ) -> Result<()> {
        let starts: Vec<(PartitionName, i64)> = reading
            .iter()
            .map(|start| (start.name.clone(), start.offset))
            .collect();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = failures::tried_again(|| newest(client, &starts))
            .map_err(|error| self.failed(&error))?;
        state.own.number = newest.map_or(1, |newest| newest.number + 1);
        let beside = state.beside(open_state);
        failures::tried_again(|| commit_once(client, &starts, beside))
            .map_err(|error| self.failed(&error))?;
        state.committed = starts;
        state.named = open_state;
        Ok(())
    }

    /// Commits offsets, unless a newer process runs the job. A failure that may pass is left to
    /// the next commit, except for the last one of a run.
    pub(super) fn commit(
        &self,
        client: &Client,
        next_offsets: &[(PartitionName, i64)],
        open_state: Option<u64>,
        patience: Patience,
    ) -> Result<()> {
        if next_offsets.is_empty() {
            return Ok(());
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        loop {
            match self.try_commit(client, next_offsets, open_state, &mut state) {
                Ok(outcome) => return outcome,
                Err(error) => {
                    let passes = error.rdkafka_error_code().is_some_and(failures::may_pass);
                    if !passes || begun.elapsed() > LAST_COMMIT_WITHIN {
                        return Err(self.failed(&error));
                    }
                    if patience == Patience::LeaveToNext {
                        tracing::warn!(
                            "cannot commit offsets to the group `{}`, trying again later: {error}",
                            self.name
                        );
                        return Ok(());
                    }
                    std::thread::sleep(failures::TRY_AGAIN_AFTER);
                }
            }
        }
    }

    /// The inner result is this process's own fate, the outer one that of the request.
    fn try_commit(
        &self,
        client: &Client,
        next_offsets: &[(PartitionName, i64)],
        open_state: Option<u64>,
        state: &mut State,
    ) -> KafkaResult<Result<()>> {
        if let Some(newer) = newest(client, next_offsets)?.filter(|newest| *newest > state.own) {
            return Ok(Err(self.fenced(newer)));
        }
        let is_known = state.committed == next_offsets && state.named == open_state;
        if !is_known || state.committed_at.elapsed() > COMMIT_AGAIN_AFTER {
            commit_once(client, next_offsets, state.beside(open_state))?;
            state.committed = next_offsets.to_vec();
            state.named = open_state;
            state.committed_at = Instant::now();
        }
        client.answered();
        Ok(Ok(()))
    }

    fn fenced(&self, newer: Incarnation) -> Error {
        Error::new(
            Code::Fenced,
            format!("a newer process runs this job in the group `{}`", self.name),
        )
        .at(format!("process number {} of the group", newer.number))
        .help("this one ends, and nothing is lost; to run both, give each a `--group` of its own")
    }

    fn failed(&self, error: &KafkaError) -> Error {
        failure(
            format!("cannot commit offsets to the group `{}`", self.name),
            error,
        )
    }
}

/// The newest process that has committed any of these partitions.
fn newest(
    client: &Client,
    partitions: &[(PartitionName, i64)],
) -> KafkaResult<Option<Incarnation>> {
    let names: Vec<PartitionName> = partitions.iter().map(|(name, _)| name.clone()).collect();
    let list = client.group_offsets(&names)?;
    let newest = list
        .elements()
        .iter()
        .filter_map(|known| Some(Beside::read(known.metadata())?.process))
        .max();
    Ok(newest)
}

fn commit_once(
    client: &Client,
    next_offsets: &[(PartitionName, i64)],
    beside: Beside,
) -> KafkaResult<()> {
    let mut list = TopicPartitionList::with_capacity(next_offsets.len());
    for (name, next_offset) in next_offsets {
        let mut element = list.add_partition(&name.topic, name.partition);
        element.set_offset(Offset::Offset(*next_offset))?;
        element.set_metadata(beside.to_string());
    }
    client.consumer().commit(&list, CommitMode::Sync)
}

impl Client {
    /// The group's offsets, with their metadata.
    pub(super) fn group_offsets(&self, names: &[PartitionName]) -> KafkaResult<TopicPartitionList> {
        let mut list = TopicPartitionList::with_capacity(names.len());
        for name in names {
            list.add_partition(&name.topic, name.partition);
        }
        let offsets = self.consumer().committed_offsets(list, LOOK_WITHIN)?;
        // An error about one partition must not be taken for a partition without an offset.
        offsets
            .elements()
            .iter()
            .try_for_each(TopicPartitionListElem::error)?;
        Ok(offsets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incarnation_survives_the_way_through_the_metadata() {
        let own = Incarnation {
            number: 7,
            random: 0xfeed,
        };
        let beside = |open_state| Beside {
            process: own,
            open_state,
        };
        assert_eq!(beside(None).to_string(), "sf1;i=7;r=000000000000feed");
        for beside in [beside(None), beside(Some(12))] {
            assert_eq!(Beside::read(&beside.to_string()), Some(beside));
        }
    }

    #[test]
    fn metadata_of_others_is_no_incarnation() {
        for metadata in ["", "sf1;i=x;r=1", "sf1;i=1;r=1;e=", "some text"] {
            assert_eq!(Beside::read(metadata), None);
        }
    }

    #[test]
    fn later_process_is_newer_and_ties_are_broken() {
        let first = Incarnation {
            number: 1,
            random: 9,
        };
        assert!(
            Incarnation {
                number: 2,
                random: 0
            } > first
        );
        assert!(
            Incarnation {
                number: 1,
                random: 10
            } > first
        );
    }
}
