//! One batch on its way to a partition, and the numbers that a partition's batches have.

use std::time::Instant;

use super::lanes::Waiting;
use crate::batch::{BatchWriter, Packer, Sequence, renumber};
use crate::kafka::native::backoff;
use crate::kafka::native::protocol::{ProducerId, Taken};

/// One batch on its way to a partition.
#[derive(Debug)]
pub(super) struct UnderWay {
    contents: Contents,
    n_records: usize,
    /// What it is in the outbox's count.
    pub(super) n_bytes: usize,
    pub(super) since: Instant,
    /// How often it was not taken, and when it may go out again.
    pub(super) attempts: u32,
    pub(super) from: Instant,
    /// Why it was not taken.
    pub(super) refusal: Option<Taken>,
    /// How often a broker may have got it, under the number that it has.
    pub(super) n_sent: u32,
    /// Whether its number is not the first one that it has.
    is_renumbered: bool,
}

#[derive(Debug)]
enum Contents {
    /// Without a number, and not packed yet.
    Open(BatchWriter),
    Packed(Vec<u8>),
    /// A carrier has it.
    Out,
}

impl UnderWay {
    pub(super) fn new(waiting: Waiting) -> Self {
        UnderWay {
            n_records: waiting.batch.n_records(),
            contents: Contents::Open(waiting.batch),
            n_bytes: waiting.n_bytes,
            since: waiting.since,
            attempts: 0,
            from: Instant::now(),
            refusal: None,
            n_sent: 0,
            is_renumbered: false,
        }
    }

    pub(super) fn is_out(&self) -> bool {
        matches!(self.contents, Contents::Out)
    }

    /// Gives it a number and packs it, unless that is done; how many bytes it has then.
    pub(super) fn pack(
        &mut self,
        packer: &mut Packer,
        id: ProducerId,
        numbers: &mut Numbers,
    ) -> usize {
        self.contents = match std::mem::replace(&mut self.contents, Contents::Out) {
            Contents::Open(batch) => {
                let sequence = numbers.give(id, self.n_records);
                Contents::Packed(batch.finish_to_send(packer, sequence))
            }
            other => other,
        };
        match &self.contents {
            Contents::Packed(bytes) => bytes.len(),
            Contents::Open(_) | Contents::Out => 0,
        }
    }

    /// What a carrier takes along.
    pub(super) fn hand_out(&mut self) -> Option<Vec<u8>> {
        match std::mem::replace(&mut self.contents, Contents::Out) {
            Contents::Packed(bytes) => Some(bytes),
            Contents::Open(_) | Contents::Out => None,
        }
    }

    /// What a carrier has brought back.
    pub(super) fn put_back(&mut self, bytes: Vec<u8>) {
        self.contents = Contents::Packed(bytes);
    }

    /// The memory of one that has been taken.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        match self.contents {
            Contents::Packed(bytes) => bytes,
            Contents::Open(_) | Contents::Out => Vec::new(),
        }
    }

    /// It goes out again in a while.
    pub(super) fn later(&mut self, refusal: Option<Taken>) {
        self.attempts += 1;
        self.from = Instant::now() + backoff::pause(self.attempts);
        self.refusal = refusal;
    }

    /// Whether the broker cannot have it although it refuses its number: it was sent once, and this
    /// is the answer. A second number that is refused says that the first one was not the fault.
    pub(super) fn is_not_there(&self) -> bool {
        self.n_sent == 1 && !self.is_renumbered
    }

    /// Gives it the first number of a new life of ours; `false` if there is none.
    pub(super) fn begin_anew(&mut self, id: ProducerId, numbers: &mut Numbers) -> bool {
        let Contents::Packed(bytes) = &mut self.contents else {
            return false;
        };
        let Some(epoch) = numbers.epoch(id).checked_add(1) else {
            return false;
        };
        *numbers = Numbers {
            epoch: Some(epoch),
            next: 0,
            taken_after: None,
        };
        renumber(bytes, numbers.give(id, self.n_records));
        (self.n_sent, self.is_renumbered) = (0, true);
        true
    }
}

/// What brokers know the batches of one partition by.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// Which life of ours it is in this partition, unless it is the first one.
    epoch: Option<i16>,
    /// The number of the next record.
    next: i32,
    /// How often what was taken had been saved when the last batch was, if one was.
    pub(super) taken_after: Option<u64>,
}

impl Numbers {
    fn epoch(&self, id: ProducerId) -> i16 {
        self.epoch.unwrap_or(id.epoch)
    }

    fn give(&mut self, id: ProducerId, n_records: usize) -> Sequence {
        let first = self.next;
        self.next = behind(first, n_records);
        Sequence {
            producer_id: id.id,
            producer_epoch: self.epoch(id),
            first,
        }
    }
}

/// The number behind so many records: it begins anew behind the largest there is.
fn behind(first: i32, n_records: usize) -> i32 {
    let n_records = i32::try_from(n_records).unwrap_or(i32::MAX);
    first.wrapping_add(n_records) & i32::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_begin_anew_behind_the_largest() {
        assert_eq!(behind(5, 3), 8);
        assert_eq!(behind(i32::MAX, 1), 0);
        assert_eq!(behind(i32::MAX - 1, 5), 3);
    }
}
