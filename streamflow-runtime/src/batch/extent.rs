//! Tells how many of the bytes that a broker sent are whole batches, by their headers alone.

use super::header::{HEADER_BYTES, Header, UNCOUNTED_BYTES};

/// How far the whole batches in some bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// How many bytes to look at: the whole batches, or everything where a header makes no sense,
    /// so that whoever checks the batches meets it.
    pub whole_bytes: usize,
    /// The offset behind the last of them; `None` if there is none.
    pub next_offset: Option<i64>,
    /// The epoch of the leader that took the last of them, or -1.
    pub leader_epoch: i32,
    /// How many bytes the batch has that is cut off behind them, if it is there and says so.
    pub cut_off_bytes: Option<usize>,
}

/// Finds the whole batches at the front of `bytes`. A broker fills a response up to its limit, so
/// that the last batch may be cut off.
pub fn extent(bytes: &[u8]) -> Extent {
    let mut rest = bytes;
    let mut found = Extent {
        whole_bytes: 0,
        next_offset: None,
        leader_epoch: -1,
        cut_off_bytes: None,
    };
    while !rest.is_empty() {
        let Some((header, batch, behind)) = Header::split(rest) else {
            match stated_bytes(rest) {
                Stated::Nothing => {}
                Stated::Bytes(needed) => found.cut_off_bytes = Some(needed),
                Stated::Nonsense => found.whole_bytes = bytes.len(),
            }
            break;
        };
        found.whole_bytes += batch.len();
        found.next_offset = header.next_offset().max(found.next_offset);
        found.leader_epoch = header.leader_epoch;
        rest = behind;
    }
    found
}

enum Stated {
    /// Not even its length is there.
    Nothing,
    Bytes(usize),
    Nonsense,
}

fn stated_bytes(bytes: &[u8]) -> Stated {
    let length: Option<&[u8; 4]> = bytes.get(8..).and_then(<[u8]>::first_chunk);
    match length.map(|length| usize::try_from(i32::from_be_bytes(*length))) {
        None => Stated::Nothing,
        Some(Ok(length)) if length + UNCOUNTED_BYTES >= HEADER_BYTES => {
            Stated::Bytes(length + UNCOUNTED_BYTES)
        }
        Some(_) => Stated::Nonsense,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{BatchWriter, NewRecord};

    fn batch(base_offset: i64) -> Vec<u8> {
        let mut writer = BatchWriter::new(Vec::new(), base_offset);
        writer.push(7, NewRecord::of_value(b"hello"));
        writer.finish()
    }

    #[test]
    fn whole_batches_end_where_the_last_one_is_cut_off() {
        let (first, second) = (batch(5), batch(9));
        let both = [&first[..], &second[..]].concat();
        let whole = extent(&both);
        assert_eq!(
            (whole.whole_bytes, whole.next_offset),
            (both.len(), Some(10))
        );
        assert_eq!(whole.cut_off_bytes, None);
        for length in first.len() + 1..both.len() {
            let found = extent(&both[..length]);
            assert_eq!(
                (found.whole_bytes, found.next_offset),
                (first.len(), Some(6))
            );
            let says_its_length = length >= first.len() + 12;
            assert_eq!(
                found.cut_off_bytes,
                says_its_length.then_some(second.len()),
                "{length}"
            );
        }
        assert_eq!(extent(&[]).next_offset, None);
    }

    #[test]
    fn header_that_makes_no_sense_is_left_to_the_check() {
        let mut bytes = [batch(5), batch(9)].concat();
        let at = batch(5).len() + 8;
        bytes[at..at + 4].copy_from_slice(&3_i32.to_be_bytes());
        let bytes = &bytes[..at + 20];
        assert_eq!(extent(bytes).whole_bytes, bytes.len());
    }
}
