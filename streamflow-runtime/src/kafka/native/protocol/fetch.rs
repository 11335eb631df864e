//! Records of some partitions, from one broker.

use std::ops::Range;

use crate::batch::Aborted;
use crate::kafka::native::wire::{Input, Malformed, Output};

/// Which records are wanted, as the request says it.
#[derive(Debug, Clone, Copy)]
pub(in crate::kafka::native) struct FetchRequest {
    /// How long the broker may wait for `least_bytes`.
    pub(in crate::kafka::native) longest_wait_ms: i32,
    pub(in crate::kafka::native) least_bytes: i32,
    /// How many bytes are wanted at most, of all partitions together. A batch that is larger comes
    /// whole where it is the first.
    pub(in crate::kafka::native) most_bytes: i32,
}

/// What is wanted of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kafka::native) struct Wanted<'a> {
    pub(in crate::kafka::native) topic: &'a str,
    pub(in crate::kafka::native) partition: i32,
    pub(in crate::kafka::native) leader_epoch: i32,
    pub(in crate::kafka::native) offset: i64,
    pub(in crate::kafka::native) most_bytes: i32,
}

/// A client, not a replica.
const NO_REPLICA: i32 = -1;
/// Every request stands for itself.
const NO_SESSION: (i32, i32) = (0, -1);
const READ_COMMITTED: i8 = 1;

impl FetchRequest {
    /// Writes the request, for versions 4 to 10. Brokers fill a response in the order in which the
    /// partitions are named.
    pub(in crate::kafka::native) fn write<'a>(
        self,
        version: i16,
        out: &mut Output,
        wanted: impl Iterator<Item = Wanted<'a>>,
    ) {
        out.i32(NO_REPLICA);
        out.i32(self.longest_wait_ms);
        out.i32(self.least_bytes);
        out.i32(self.most_bytes);
        out.i8(READ_COMMITTED);
        if version >= 7 {
            out.i32(NO_SESSION.0);
            out.i32(NO_SESSION.1);
        }
        let count_of_topics = out.len();
        out.i32(0);
        let mut n_topics = 0;
        // The topic at hand, where its count of partitions stands, and that count.
        let mut at_hand: Option<(&str, usize, i32)> = None;
        for partition in wanted {
            let (count_at, n_partitions) = match at_hand {
                Some((topic, count_at, count)) if topic == partition.topic => (count_at, count),
                _ => {
                    n_topics += 1;
                    out.text(partition.topic);
                    let count_at = out.len();
                    out.i32(0);
                    (count_at, 0)
                }
            };
            out.i32(partition.partition);
            if version >= 9 {
                out.i32(partition.leader_epoch);
            }
            out.i64(partition.offset);
            if version >= 5 {
                // Where the log of a replica begins: this is none.
                out.i64(-1);
            }
            out.i32(partition.most_bytes);
            out.patch_i32(count_at, n_partitions + 1);
            at_hand = Some((partition.topic, count_at, n_partitions + 1));
        }
        out.patch_i32(count_of_topics, n_topics);
        if version >= 7 {
            // Partitions that a session is to forget.
            out.count(0);
        }
    }
}

/// What came of one partition.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::kafka::native) struct FetchedPartition<'b> {
    pub(in crate::kafka::native) topic: &'b str,
    pub(in crate::kafka::native) partition: i32,
    pub(in crate::kafka::native) error: i16,
    /// Where the partition ends for those who read what is committed.
    pub(in crate::kafka::native) end_offset: i64,
    /// Transactions that were aborted, some of whose records may be here.
    pub(in crate::kafka::native) aborted: Vec<Aborted>,
    /// Where in the message the batches lie; the last one may be cut off.
    pub(in crate::kafka::native) records: Range<usize>,
}

/// Reads the response, and gives `each` what came of every partition; the error of the broker
/// about the whole of it, or 0.
pub(in crate::kafka::native) fn read_fetch<'b>(
    version: i16,
    message: &'b [u8],
    mut each: impl FnMut(FetchedPartition<'b>),
) -> Result<i16, Malformed> {
    let mut input = Input::new(message);
    let _throttle_time_ms = input.i32()?;
    if version >= 7 {
        let error = input.i16()?;
        let _session = input.i32()?;
        if error != 0 {
            return Ok(error);
        }
    }
    for _ in 0..input.count(6)? {
        let topic = input.text()?;
        for _ in 0..input.count(30)? {
            each(read_partition(version, topic, &mut input)?);
        }
    }
    input.end()?;
    Ok(0)
}

fn read_partition<'b>(
    version: i16,
    topic: &'b str,
    input: &mut Input<'b>,
) -> Result<FetchedPartition<'b>, Malformed> {
    let partition = input.i32()?;
    let error = input.i16()?;
    let _high_watermark = input.i64()?;
    let last_stable_offset = input.i64()?;
    if version >= 5 {
        let _log_start_offset = input.i64()?;
    }
    let mut aborted = Vec::new();
    for _ in 0..input.count(16)? {
        aborted.push(Aborted {
            producer_id: input.i64()?,
            first_offset: input.i64()?,
        });
    }
    Ok(FetchedPartition {
        topic,
        partition,
        error,
        end_offset: last_stable_offset,
        aborted,
        records: input.place_of_bytes()?,
    })
}

#[cfg(test)]
pub(in crate::kafka::native) mod tests {
    use super::*;

    /// A response with one partition for each of the record bytes, all of topic `t`.
    pub(in crate::kafka::native) fn response(
        version: i16,
        aborted: &[Aborted],
        partitions: &[&[u8]],
    ) -> Vec<u8> {
        let mut out = Output::default();
        out.i32(0);
        if version >= 7 {
            out.i16(0);
            out.i32(0);
        }
        out.count(1);
        out.text("t");
        out.count(partitions.len());
        for (records, number) in partitions.iter().zip(0..) {
            out.i32(number);
            out.i16(0);
            out.i64(100);
            out.i64(90);
            if version >= 5 {
                out.i64(0);
            }
            out.count(aborted.len());
            for transaction in aborted {
                out.i64(transaction.producer_id);
                out.i64(transaction.first_offset);
            }
            out.count(records.len());
            for byte in *records {
                out.i8(byte.cast_signed());
            }
        }
        out.into_bytes()
    }

    #[test]
    fn partitions_are_read_in_every_version_and_records_stay_where_they_are() {
        let transaction = Aborted {
            producer_id: 5,
            first_offset: 17,
        };
        for version in 4..=10 {
            let bytes = response(version, &[transaction], &[b"first", b""]);
            let mut found = Vec::new();
            let error = read_fetch(version, &bytes, |partition| found.push(partition));
            assert_eq!(error, Ok(0));
            assert_eq!(found.len(), 2, "version {version}");
            assert_eq!((found[0].topic, found[0].partition), ("t", 0));
            assert_eq!(found[0].aborted, [transaction]);
            assert_eq!(&bytes[found[0].records.clone()], b"first");
            assert!(found[1].records.is_empty());
        }
    }

    #[test]
    fn response_that_is_cut_off_is_malformed_at_every_length() {
        let bytes = response(10, &[], &[b"first", b"second"]);
        for length in 0..bytes.len() {
            let read = read_fetch(10, &bytes[..length], |_| {});
            assert!(read.is_err(), "{length}");
        }
    }

    #[test]
    fn error_of_the_broker_ends_the_response() {
        let bytes = [0, 0, 0, 0, 0, 70, 0, 0, 0, 0];
        assert_eq!(read_fetch(10, &bytes, |_| {}), Ok(70));
    }

    #[test]
    fn partitions_of_one_topic_in_a_row_share_its_name() {
        let wanted = |topic, partition| Wanted {
            topic,
            partition,
            leader_epoch: 1,
            offset: 2,
            most_bytes: 3,
        };
        let request = FetchRequest {
            longest_wait_ms: 500,
            least_bytes: 1,
            most_bytes: 1 << 20,
        };
        let order = [
            wanted("t", 1),
            wanted("t", 2),
            wanted("u", 0),
            wanted("t", 0),
        ];
        let mut out = Output::default();
        request.write(10, &mut out, order.into_iter());
        let bytes = out.into_bytes();
        let mut input = Input::new(&bytes[4 * 4 + 1 + 8..]);
        assert_eq!(input.i32(), Ok(3));
        for (topic, partitions) in [("t", &[1, 2][..]), ("u", &[0]), ("t", &[0])] {
            assert_eq!(input.text(), Ok(topic));
            assert_eq!(input.count(1), Ok(partitions.len()));
            for partition in partitions {
                assert_eq!(input.i32(), Ok(*partition));
                assert_eq!(input.i32(), Ok(1), "the epoch");
                assert_eq!(input.i64(), Ok(2), "the offset");
                assert_eq!(input.i64(), Ok(-1), "no log of its own");
                assert_eq!(input.i32(), Ok(3));
            }
        }
        assert_eq!(input.count(1), Ok(0));
        assert_eq!(input.end(), Ok(()));
    }
}
