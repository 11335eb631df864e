//! Notices when the log of a partition was cut in front of what has been read of it.
//!
//! A leader that lags behind may be elected where the others are gone, if the topic allows it
//! (`unclean.leader.election.enable`). The records that it lacks are then lost, and others get their
//! offsets: to read on would pass over those without a word.

use super::Assigned;
use super::connection::{Connection, Frame, Trouble};
use super::protocol::{Api, EndOfEpoch, EpochOf, read_epoch, write_epoch};
use crate::error::{Code, Error};

/// Whether the log of a leader holds what was read of a partition.
pub(super) enum Log {
    Whole,
    /// It does not, from this offset on; `None` if it holds nothing of it.
    Cut(Option<i64>),
    /// The broker does not say, with this error.
    Unknown(i16),
}

/// Looks whether a leader that the last records are not from holds them none the less.
pub(super) fn look_at_log(
    connection: &mut Connection,
    partition: &Assigned,
) -> Result<Log, Trouble> {
    let version = connection.common_version(Api::Epochs);
    let Some(version) = version.filter(|_| may_be_cut(partition)) else {
        return Ok(Log::Whole);
    };
    let wanted = EpochOf {
        topic: &partition.topic,
        partition: partition.partition,
        leader_epoch: partition.leader_epoch,
        epoch: partition.last_epoch,
    };
    let mut frame = Frame::default();
    let correlation = connection.send(Api::Epochs, version, |out| {
        write_epoch(out, wanted);
    })?;
    connection.receive(correlation, &mut frame)?;
    let EndOfEpoch { error, end_offset } = read_epoch(frame.bytes())
        .map_err(|malformed| connection.malformed(Api::Epochs, malformed))?;
    Ok(match end_offset {
        _ if error != 0 => Log::Unknown(error),
        Some(end_offset) if end_offset >= partition.next_offset => Log::Whole,
        end_offset => Log::Cut(end_offset),
    })
}

/// Whether the leader is another one than that which the last records are from, and nobody has
/// looked yet.
fn may_be_cut(partition: &Assigned) -> bool {
    let seen = partition.last_epoch.max(partition.checked_epoch);
    partition.last_epoch >= 0 && partition.leader_epoch > seen
}

/// Records were read that the log does not have any more: a leader without them was elected.
pub(super) fn log_was_cut(partition: &Assigned, end_offset: Option<i64>) -> Error {
    let place = partition.place();
    let where_to = match end_offset {
        Some(end_offset) => format!("at offset {end_offset}"),
        None => "in front of all that was read".to_owned(),
    };
    let what = format!("the log was cut {where_to}: its new leader lacks records that were read");
    Error::new(Code::OffsetOutOfRange, what).at(place).help(
        "begin with `--from earliest` and another `--group` or `--checkpoint` to count what the log holds now",
    )
}
