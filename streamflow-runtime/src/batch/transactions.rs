//! Tells which batches belong to transactions that were aborted.
//!
//! A broker that is asked for committed records only returns the others too, with a list of the
//! transactions that were aborted: whose they were, and where they began. Each ends at its mark.

use super::header::Header;
use super::varint::{self, Broken};

/// A transaction that was aborted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aborted {
    /// Whose it was.
    pub producer_id: i64,
    /// Its first offset in the partition.
    pub first_offset: i64,
}

/// The aborted transactions of one partition in one response, while its batches are gone through.
#[derive(Debug, Default)]
pub(super) struct Transactions {
    /// Those that have not begun yet, the last one first.
    ahead: Vec<Aborted>,
    /// The producers whose records are those of an aborted transaction at the moment.
    open: Vec<i64>,
}

/// How a transaction ended, in the key of the mark.
const ABORTED: i16 = 0;

impl Transactions {
    pub(super) fn new(mut aborted: Vec<Aborted>) -> Self {
        aborted.sort_unstable_by_key(|transaction| std::cmp::Reverse(transaction.first_offset));
        Transactions {
            ahead: aborted,
            open: Vec::new(),
        }
    }

    /// Whether the records of a batch were aborted. To be asked of every batch, in order.
    pub(super) fn aborted(&mut self, header: &Header) -> bool {
        if !header.is_of_transaction() || header.is_control() {
            return false;
        }
        self.begin_up_to(header);
        self.open.contains(&header.producer_id)
    }

    /// Goes over the mark at the end of a transaction.
    pub(super) fn pass_mark(&mut self, header: &Header, records: &[u8]) -> Result<(), Broken> {
        self.begin_up_to(header);
        if header.n_records == 0 {
            // Compaction has taken the mark, and kept its place: all that it ended is gone, too.
            return Ok(());
        }
        if how_it_ended(records)? == ABORTED {
            self.open.retain(|open| *open != header.producer_id);
        }
        Ok(())
    }

    fn begin_up_to(&mut self, header: &Header) {
        let Some(next_offset) = header.next_offset() else {
            return;
        };
        while let Some(next) = self.ahead.pop_if(|next| next.first_offset < next_offset) {
            self.open.push(next.producer_id);
        }
    }
}

/// The kind of a mark, from its key: version, kind.
fn how_it_ended(mut records: &[u8]) -> Result<i16, Broken> {
    let mut body = varint::take_bytes(&mut records)?.ok_or(Broken)?;
    let (_attributes, behind) = body.split_first().ok_or(Broken)?;
    body = behind;
    let _timestamp_delta = varint::take(&mut body)?;
    let _offset_delta = varint::take(&mut body)?;
    let key = varint::take_bytes(&mut body)?.ok_or(Broken)?;
    let kind = key.get(2..).and_then(<[u8]>::first_chunk).ok_or(Broken)?;
    Ok(i16::from_be_bytes(*kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::header::HEADER_BYTES;
    use crate::batch::{BatchWriter, NewRecord};

    fn header(base_offset: i64, producer_id: i64, attributes: i16) -> Header {
        let mut writer = BatchWriter::new(Vec::new(), base_offset);
        writer.push(0, NewRecord::of_value(b"a"));
        let bytes = writer.finish();
        Header {
            attributes,
            producer_id,
            ..Header::parse(bytes.first_chunk().unwrap())
        }
    }

    fn records(base_offset: i64, producer_id: i64) -> Header {
        header(base_offset, producer_id, 1 << 4)
    }

    fn mark(kind: u8) -> Vec<u8> {
        let mut writer = BatchWriter::new(Vec::new(), 0);
        writer.push(0, NewRecord::keyed(&[0, 0, 0, kind], b""));
        writer.finish().split_off(HEADER_BYTES)
    }

    fn aborted(producer_id: i64, first_offset: i64) -> Aborted {
        Aborted {
            producer_id,
            first_offset,
        }
    }

    #[test]
    fn transaction_is_aborted_from_its_first_offset_to_its_mark() {
        let mut transactions = Transactions::new(vec![aborted(1, 20), aborted(2, 12)]);
        let mut is_aborted = |at, producer| transactions.aborted(&records(at, producer));
        assert!(!is_aborted(10, 1), "an earlier one of the same producer");
        assert!(is_aborted(12, 2));
        assert!(!is_aborted(13, 1));
        assert!(is_aborted(20, 1));
        assert!(is_aborted(21, 2));
        let end = header(22, 2, 0b11_0000);
        transactions.pass_mark(&end, &mark(0)).unwrap();
        assert!(!transactions.aborted(&records(23, 2)));
        assert!(transactions.aborted(&records(24, 1)));
    }

    #[test]
    fn mark_of_a_commit_ends_nothing_that_was_aborted() {
        let mut transactions = Transactions::new(vec![aborted(1, 10)]);
        let end = header(10, 1, 0b11_0000);
        transactions.pass_mark(&end, &mark(1)).unwrap();
        assert!(transactions.aborted(&records(11, 1)));
    }

    #[test]
    fn records_outside_transactions_are_never_aborted() {
        let mut transactions = Transactions::new(vec![aborted(1, 0)]);
        assert!(!transactions.aborted(&header(5, 1, 0)));
    }

    #[test]
    fn mark_without_a_kind_is_broken() {
        let mut transactions = Transactions::new(Vec::new());
        let end = header(10, 1, 0b11_0000);
        assert_eq!(transactions.pass_mark(&end, &[]), Err(Broken));
        assert_eq!(transactions.pass_mark(&end, &mark(1)[..6]), Err(Broken));
    }

    #[test]
    fn place_of_a_mark_that_was_compacted_is_passed() {
        let mut transactions = Transactions::new(vec![aborted(2, 12)]);
        let place = Header {
            n_records: 0,
            ..header(10, 1, 0b11_0000)
        };
        assert_eq!(transactions.pass_mark(&place, &[]), Ok(()));
        assert!(transactions.aborted(&records(12, 2)));
    }
}
