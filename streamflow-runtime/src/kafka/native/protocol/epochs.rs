//! Where the records that a leader took in some epoch end in the log of the leader of today.

use super::NO_LEADER_EPOCH;
use crate::kafka::native::wire::{Input, Malformed, Output};

/// What is asked of one partition.
#[derive(Debug, Clone, Copy)]
pub(in crate::kafka::native) struct EpochOf<'a> {
    pub(in crate::kafka::native) topic: &'a str,
    pub(in crate::kafka::native) partition: i32,
    /// The epoch of the leader that is asked.
    pub(in crate::kafka::native) leader_epoch: i32,
    /// The epoch of the records that were read last.
    pub(in crate::kafka::native) epoch: i32,
}

/// What a leader says of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kafka::native) struct EndOfEpoch {
    pub(in crate::kafka::native) error: i16,
    /// The offset behind the last record of the epoch, or of the one before it; `None` if the
    /// leader knows of no such epoch.
    pub(in crate::kafka::native) end_offset: Option<i64>,
}

/// Writes the request for one partition, for version 3.
pub(in crate::kafka::native) fn write_epoch(out: &mut Output, wanted: EpochOf<'_>) {
    // A client, not a replica.
    out.i32(-1);
    out.count(1);
    out.text(wanted.topic);
    out.count(1);
    out.i32(wanted.partition);
    out.i32(wanted.leader_epoch);
    out.i32(wanted.epoch);
}

/// Reads the response about one partition.
pub(in crate::kafka::native) fn read_epoch(message: &[u8]) -> Result<EndOfEpoch, Malformed> {
    let mut input = Input::new(message);
    let _throttle_time_ms = input.i32()?;
    input.exactly_one()?;
    let _topic = input.text()?;
    input.exactly_one()?;
    let error = input.i16()?;
    let _partition = input.i32()?;
    let epoch = input.i32()?;
    let end_offset = input.i64()?;
    input.end()?;
    Ok(EndOfEpoch {
        error,
        end_offset: (epoch != NO_LEADER_EPOCH && end_offset >= 0).then_some(end_offset),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(error: i16, epoch: i32, end_offset: i64) -> Vec<u8> {
        let mut out = Output::default();
        out.i32(0);
        out.count(1);
        out.text("t");
        out.count(1);
        out.i16(error);
        out.i32(0);
        out.i32(epoch);
        out.i64(end_offset);
        out.into_bytes()
    }

    #[test]
    fn end_of_an_epoch_is_read() {
        let read = |bytes: &[u8]| read_epoch(bytes).map(|it| (it.error, it.end_offset));
        assert_eq!(read(&response(0, 3, 17)), Ok((0, Some(17))));
        assert_eq!(read(&response(0, -1, -1)), Ok((0, None)));
        assert_eq!(read(&response(74, -1, -1)), Ok((74, None)));
        let bytes = response(0, 3, 17);
        for length in 0..bytes.len() {
            assert!(read_epoch(&bytes[..length]).is_err(), "{length}");
        }
    }
}
