//! Says what it means that a broker does not take a batch.

use crate::error::{Code, Error};
use crate::kafka::failures;
use crate::kafka::native::codes;
use crate::kafka::native::protocol::Taken;

/// A broker has the batch already.
pub(super) const DUPLICATE_SEQUENCE_NUMBER: i16 = 46;

const OUT_OF_ORDER_SEQUENCE_NUMBER: i16 = 45;
const INVALID_PRODUCER_EPOCH: i16 = 47;
const UNKNOWN_PRODUCER_ID: i16 = 59;

/// Whether a broker does not know the number in front of the batch's: what it had has been deleted,
/// or a broker has become the leader that did not have it.
pub(super) fn has_forgotten(code: i16) -> bool {
    matches!(code, OUT_OF_ORDER_SEQUENCE_NUMBER | UNKNOWN_PRODUCER_ID)
}

/// The error that ends the run.
pub(super) fn error(topic: &str, taken: &Taken) -> Error {
    let partition = taken.partition;
    if has_forgotten(taken.error) || taken.error == INVALID_PRODUCER_EPOCH {
        let what = format!(
            "the broker does not know any more what of `{topic}`[{partition}] was sent (error {})",
            taken.error
        );
        return Error::new(Code::BrokerFailed, what)
            .help("nothing since the last commit is lost: start the job again");
    }
    if taken.error == codes::UNKNOWN_TOPIC_OR_PARTITION {
        return super::no_topic(topic);
    }
    let what = format!("messages could not be delivered to `{topic}`[{partition}]");
    let error = failures::of_broker(what, taken.error);
    match &taken.reason {
        Some(reason) => error.caused_by(reason.clone()),
        None => error,
    }
}

/// Whether a batch that was not taken for this reason may be taken later.
pub(super) fn may_pass(code: i16) -> bool {
    matches!(
        code,
        // The topic is not known yet; nobody leads, somebody else leads; too slow; disconnected.
        codes::UNKNOWN_TOPIC_OR_PARTITION | codes::LEADER_NOT_AVAILABLE | 6 | 7 | 8 | 9 | 13
        // Damaged on the way: it goes out again as it was.
        | 2
        // A coordinator that loads, is not there, or is another one.
        | 14 | 15 | 16
        // Too few replicas, before and after the append; a disk; two at a time.
        | 19 | 20 | 51 | 56
        // Another epoch of the leader.
        | 74 | 75
    )
}
