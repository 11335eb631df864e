//! Which brokers there are, and which of them leads which partition.

use std::sync::Arc;

use super::NO_LEADER_EPOCH;
use crate::kafka::native::wire::{Input, Malformed, Output};

/// A broker of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kafka::native) struct Broker {
    pub(in crate::kafka::native) id: i32,
    pub(in crate::kafka::native) host: String,
    pub(in crate::kafka::native) port: u16,
}

/// Who leads a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kafka::native) struct PartitionLeader {
    pub(in crate::kafka::native) broker: i32,
    pub(in crate::kafka::native) epoch: i32,
}

/// What a broker knows of some topics.
#[derive(Debug, Default)]
pub(in crate::kafka::native) struct Metadata {
    pub(in crate::kafka::native) brokers: Vec<Broker>,
    topics: Vec<Topic>,
}

#[derive(Debug)]
struct Topic {
    name: String,
    error: i16,
    partitions: Vec<Partition>,
}

#[derive(Debug)]
struct Partition {
    number: i32,
    error: i16,
    leader: PartitionLeader,
}

/// The error code of a partition that nobody leads at the moment.
const LEADER_NOT_AVAILABLE: i16 = 5;
const UNKNOWN_TOPIC_OR_PARTITION: i16 = 3;
/// The error code of a partition that has lost a replica, and is led none the less.
const REPLICA_NOT_AVAILABLE: i16 = 9;

/// Writes the request, for versions 4 to 7.
pub(in crate::kafka::native) fn write_metadata(out: &mut Output, topics: &[Arc<str>]) {
    out.count(topics.len());
    for topic in topics {
        out.text(topic);
    }
    // A topic that is asked for must not be created by that.
    out.bool(false);
}

impl Metadata {
    /// Reads the response.
    pub(in crate::kafka::native) fn read(
        version: i16,
        message: &[u8],
    ) -> Result<Metadata, Malformed> {
        let mut input = Input::new(message);
        let _throttle_time_ms = input.i32()?;
        let mut metadata = Metadata::default();
        for _ in 0..input.count(12)? {
            let id = input.i32()?;
            let host = input.text()?.to_owned();
            let port = input.i32()?;
            let _rack = input.nullable_text()?;
            // A broker without a port that exists cannot be connected to, nor lead anything.
            if let Ok(port) = u16::try_from(port) {
                metadata.brokers.push(Broker { id, host, port });
            }
        }
        let _cluster = input.nullable_text()?;
        let _controller = input.i32()?;
        for _ in 0..input.count(9)? {
            metadata.topics.push(read_topic(version, &mut input)?);
        }
        input.end()?;
        Ok(metadata)
    }

    /// Who leads a partition; the error code of the cluster if nobody does.
    pub(in crate::kafka::native) fn leader(
        &self,
        topic: &str,
        partition: i32,
    ) -> Result<PartitionLeader, i16> {
        let named = self.topics.iter().find(|known| known.name == topic);
        let topic = named.ok_or(UNKNOWN_TOPIC_OR_PARTITION)?;
        if topic.error != 0 {
            return Err(topic.error);
        }
        let numbered = topic.partitions.iter().find(|it| it.number == partition);
        let partition = numbered.ok_or(UNKNOWN_TOPIC_OR_PARTITION)?;
        match partition.error {
            0 | REPLICA_NOT_AVAILABLE if partition.leader.broker >= 0 => Ok(partition.leader),
            0 | REPLICA_NOT_AVAILABLE => Err(LEADER_NOT_AVAILABLE),
            error => Err(error),
        }
    }

    /// How many partitions a topic has; the error code of the cluster if it does not know.
    pub(in crate::kafka::native) fn n_partitions(&self, topic: &str) -> Result<usize, i16> {
        let named = self.topics.iter().find(|known| known.name == topic);
        let topic = named.ok_or(UNKNOWN_TOPIC_OR_PARTITION)?;
        match topic.error {
            0 => Ok(topic.partitions.len()),
            error => Err(error),
        }
    }

    pub(in crate::kafka::native) fn broker(&self, id: i32) -> Option<&Broker> {
        self.brokers.iter().find(|broker| broker.id == id)
    }
}

fn read_topic(version: i16, input: &mut Input<'_>) -> Result<Topic, Malformed> {
    let error = input.i16()?;
    let name = input.text()?.to_owned();
    let _is_internal = input.bool()?;
    let mut partitions = Vec::new();
    for _ in 0..input.count(18)? {
        let error = input.i16()?;
        let number = input.i32()?;
        let broker = input.i32()?;
        let epoch = if version >= 7 {
            input.i32()?
        } else {
            NO_LEADER_EPOCH
        };
        // The replicas, and those in sync.
        input.skip_i32s()?;
        input.skip_i32s()?;
        if version >= 5 {
            // The replicas that are offline.
            input.skip_i32s()?;
        }
        partitions.push(Partition {
            number,
            error,
            leader: PartitionLeader { broker, epoch },
        });
    }
    Ok(Topic {
        name,
        error,
        partitions,
    })
}

#[cfg(test)]
pub(in crate::kafka::native) mod tests {
    use super::*;

    /// A response with one topic `t`, whose partitions have these errors, leaders and epochs.
    pub(in crate::kafka::native) fn response(
        version: i16,
        partitions: &[(i16, i32, i32)],
    ) -> Vec<u8> {
        let mut out = Output::default();
        out.i32(0);
        out.count(1);
        out.i32(7);
        out.text("localhost");
        out.i32(9092);
        out.i16(-1);
        out.text("cluster");
        out.i32(7);
        out.count(1);
        out.i16(0);
        out.text("t");
        out.bool(false);
        out.count(partitions.len());
        for ((error, leader, epoch), number) in partitions.iter().zip(0..) {
            out.i16(*error);
            out.i32(number);
            out.i32(*leader);
            if version >= 7 {
                out.i32(*epoch);
            }
            out.count(1);
            out.i32(*leader);
            out.count(1);
            out.i32(*leader);
            if version >= 5 {
                out.count(0);
            }
        }
        out.into_bytes()
    }

    #[test]
    fn leaders_are_read_in_every_version() {
        for version in 4..=7 {
            let bytes = response(version, &[(0, 7, 3), (9, 7, 4), (5, -1, 0), (0, -1, 0)]);
            let metadata = Metadata::read(version, &bytes).unwrap();
            assert_eq!(metadata.broker(7).unwrap().port, 9092);
            assert_eq!(metadata.broker(8), None);
            let epoch = |epoch| if version < 7 { -1 } else { epoch };
            let leader = |epoch| PartitionLeader { broker: 7, epoch };
            assert_eq!(metadata.leader("t", 0), Ok(leader(epoch(3))));
            assert_eq!(metadata.leader("t", 1), Ok(leader(epoch(4))));
            assert_eq!(metadata.leader("t", 2), Err(5));
            assert_eq!(metadata.leader("t", 3), Err(5));
            assert_eq!(metadata.leader("t", 4), Err(3));
            assert_eq!(metadata.leader("u", 0), Err(3));
        }
    }

    #[test]
    fn response_that_is_cut_off_is_malformed_at_every_length() {
        let bytes = response(7, &[(0, 7, 3)]);
        for length in 0..bytes.len() {
            assert!(Metadata::read(7, &bytes[..length]).is_err(), "{length}");
        }
        assert!(Metadata::read(7, &[&bytes[..], &[0]].concat()).is_err());
    }
}
