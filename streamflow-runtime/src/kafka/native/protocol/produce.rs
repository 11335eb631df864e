//! Batches for some partitions, to the broker that leads them.

use crate::kafka::native::wire::{Input, Malformed, Output};

/// One batch for one partition of a topic.
#[derive(Debug, Clone, Copy)]
pub(in crate::kafka::native) struct Sent<'a> {
    pub(in crate::kafka::native) partition: i32,
    pub(in crate::kafka::native) batch: &'a [u8],
}

/// A batch counts as taken when every replica in sync has it.
const ALL_REPLICAS: i16 = -1;

/// Writes the request, for versions 3 to 8.
pub(in crate::kafka::native) fn write_produce(
    out: &mut Output,
    topic: &str,
    within_ms: i32,
    batches: &[Sent<'_>],
) {
    out.null_text();
    out.i16(ALL_REPLICAS);
    out.i32(within_ms);
    out.count(1);
    out.text(topic);
    out.count(batches.len());
    for sent in batches {
        out.i32(sent.partition);
        out.bytes(sent.batch);
    }
}

/// What became of the batch for one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kafka::native) struct Taken {
    pub(in crate::kafka::native) partition: i32,
    pub(in crate::kafka::native) error: i16,
    /// What the broker says about the error, if it says anything.
    pub(in crate::kafka::native) reason: Option<String>,
}

/// Reads the response.
pub(in crate::kafka::native) fn read_produce(
    version: i16,
    message: &[u8],
) -> Result<Vec<Taken>, Malformed> {
    let mut input = Input::new(message);
    let mut taken = Vec::new();
    for _ in 0..input.count(6)? {
        let _topic = input.text()?;
        for _ in 0..input.count(22)? {
            taken.push(read_partition(version, &mut input)?);
        }
    }
    let _throttle_time_ms = input.i32()?;
    input.end()?;
    Ok(taken)
}

fn read_partition(version: i16, input: &mut Input<'_>) -> Result<Taken, Malformed> {
    let partition = input.i32()?;
    let error = input.i16()?;
    let _base_offset = input.i64()?;
    let _log_append_time_ms = input.i64()?;
    if version >= 5 {
        let _log_start_offset = input.i64()?;
    }
    let mut reason = None;
    if version >= 8 {
        for _ in 0..input.count(6)? {
            let _index_in_batch = input.i32()?;
            let of_record = input.nullable_text()?;
            reason = reason.or(of_record);
        }
        let of_all = input.nullable_text()?;
        reason = reason.or(of_all);
    }
    Ok(Taken {
        partition,
        error,
        reason: reason.map(str::to_owned),
    })
}

#[cfg(test)]
pub(in crate::kafka::native) mod tests {
    use super::*;

    pub(in crate::kafka::native) fn response(version: i16, partitions: &[(i32, i16)]) -> Vec<u8> {
        let mut out = Output::default();
        out.count(1);
        out.text("t");
        out.count(partitions.len());
        for (partition, error) in partitions {
            out.i32(*partition);
            out.i16(*error);
            out.i64(70);
            out.i64(-1);
            if version >= 5 {
                out.i64(0);
            }
            if version >= 8 {
                out.count(1);
                out.i32(3);
                out.null_text();
                out.text("no key");
            }
        }
        out.i32(0);
        out.into_bytes()
    }

    #[test]
    fn outcome_of_each_partition_is_read_in_every_version() {
        for version in 3..=8 {
            let bytes = response(version, &[(0, 0), (5, 87)]);
            let taken = read_produce(version, &bytes).unwrap();
            let reason = (version >= 8).then(|| "no key".to_owned());
            let expected = [(0, 0), (5, 87)].map(|(partition, error)| Taken {
                partition,
                error,
                reason: reason.clone(),
            });
            assert_eq!(taken, expected);
            for length in 0..bytes.len() {
                let cut = read_produce(version, &bytes[..length]);
                assert!(cut.is_err(), "{version}, {length}");
            }
        }
    }

    #[test]
    fn request_names_the_topic_once() {
        let mut out = Output::default();
        let batches = [(1, &b"one"[..]), (4, b"four")];
        let batches = batches.map(|(partition, batch)| Sent { partition, batch });
        write_produce(&mut out, "t", 500, &batches);
        let bytes = out.into_bytes();
        let mut input = Input::new(&bytes);
        assert_eq!(input.nullable_text(), Ok(None));
        assert_eq!(input.i16(), Ok(-1));
        assert_eq!(input.i32(), Ok(500));
        assert_eq!(input.count(1), Ok(1));
        assert_eq!(input.text(), Ok("t"));
        assert_eq!(input.count(1), Ok(2));
        for sent in batches {
            assert_eq!(input.i32(), Ok(sent.partition));
            assert_eq!(&bytes[input.place_of_bytes().unwrap()], sent.batch);
        }
        assert_eq!(input.end(), Ok(()));
    }
}
