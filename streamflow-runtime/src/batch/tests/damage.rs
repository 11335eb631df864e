//! Damage at every depth ends in damage that is told, or in records: never in a panic, a walk
//! without end, bytes read twice, or memory without bound.

use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::written::{Written, batch, mend_checksums, packed, packing, records, with_records};
use crate::batch::compression::MOST_BYTES;
use crate::batch::compression::packing::{PACKINGS, Packing};
use crate::batch::header::HEADER_BYTES;
use crate::batch::{
    Aborted, Breakage, Checked, Pieces, Records, Unpacked, check, extent, split_header, varint,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn bytes_that_were_never_batches(bytes in vec(any::<u8>(), 0..500), wanted in wanted()) {
        go_through(&bytes, &wanted);
    }

    #[test]
    fn batches_with_changed_bytes(
        mut bytes in response(),
        changes in vec(change(), 1..6),
        cut in any::<Index>(),
        wanted in wanted(),
    ) {
        apply(&changes, &mut bytes);
        bytes.truncate(cut.index(2 * bytes.len() + 1));
        go_through(&bytes, &wanted);
    }

    /// Headers, codecs and the walk meet the damage.
    #[test]
    fn batches_with_changed_bytes_under_right_checksums(
        mut bytes in response(),
        changes in vec(change(), 1..6),
        wanted in wanted(),
    ) {
        apply(&changes, &mut bytes);
        mend_checksums(&mut bytes);
        go_through(&bytes, &wanted);
    }

    /// Lengths, counts and offsets that cannot be, each by itself.
    #[test]
    fn headers_with_one_number_changed(
        mut bytes in response(),
        field in proptest::sample::select(&FIELDS[..]),
        first_byte in prop_oneof![Just(0), Just(0x7f), Just(0x80), Just(0xff), any::<u8>()],
        other_bytes in prop_oneof![Just(0), Just(0xff), any::<u8>()],
        wanted in wanted(),
    ) {
        bytes[field.clone()].fill(other_bytes);
        bytes[field.start] = first_byte;
        mend_checksums(&mut bytes);
        go_through(&bytes, &wanted);
    }

    /// Codecs meet the damage: the rest of the batch is right.
    #[test]
    fn packed_records_with_changed_bytes(
        records in records(),
        (codec, pack) in proptest::sample::select(&PACKINGS[..]),
        changes in vec(change(), 1..6),
        wanted in wanted(),
    ) {
        let plain = batch(3, &records);
        let mut packed = pack(&plain[HEADER_BYTES..]);
        apply(&changes, &mut packed);
        go_through(&with_records(&plain, &packed, codec), &wanted);
    }

    /// Only the walk meets the damage.
    #[test]
    fn records_with_changed_bytes_that_were_packed_then(
        records in records(),
        packing in packing(),
        changes in vec(change(), 1..6),
        wanted in wanted(),
    ) {
        let plain = batch(3, &records);
        let mut changed = plain[HEADER_BYTES..].to_vec();
        apply(&changes, &mut changed);
        let bytes = packed(&with_records(&plain, &changed, 0), packing);
        go_through(&bytes, &wanted);
    }

    #[test]
    fn headers_of_records_made_of_any_bytes(bytes in vec(any::<u8>(), 0..40)) {
        let mut rest = &bytes[..];
        while let Some(((name, value), behind)) = split_header(rest) {
            let n_bytes = name.len() + value.map_or(0, <[u8]>::len);
            assert!(n_bytes + behind.len() < rest.len(), "lengths take bytes too");
            rest = behind;
        }
        let mut rest = &bytes[..];
        let mut n_left = rest.len();
        while varint::take(&mut rest).is_ok() {
            assert!((n_left.saturating_sub(10)..n_left).contains(&rest.len()));
            n_left = rest.len();
        }
        assert_eq!(rest.len(), n_left, "a broken number is not stepped over");
    }
}

/// Where the numbers of a header stand, without the checksum.
const FIELDS: [Range<usize>; 11] = [
    0..8,
    8..12,
    12..16,
    16..17,
    21..23,
    23..27,
    27..35,
    35..43,
    43..51,
    51..57,
    57..61,
];

/// Three batches, each packed in its own way or not at all.
fn response() -> impl Strategy<Value = Vec<u8>> {
    vec((records(), packing()), 3).prop_map(|batches: Vec<(Vec<Written>, Option<Packing>)>| {
        let mut next_offset = 0;
        let mut bytes = Vec::new();
        for (records, packing) in batches {
            bytes.extend(packed(&batch(next_offset, &records), packing));
            next_offset += i64::try_from(records.len()).expect("a few");
        }
        bytes
    })
}

/// The offsets that a partition's owner still wants.
fn wanted() -> impl Strategy<Value = Range<i64>> {
    let offset = prop_oneof![
        Just(0),
        Just(i64::MAX),
        Just(i64::MIN),
        0..20_i64,
        any::<i64>()
    ];
    (offset.clone(), offset).prop_map(|(start, end)| start..end)
}

#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Insert(Index, u8),
    Remove(Index),
}

/// Bytes that mean something to a varint are as frequent as all others.
fn change() -> impl Strategy<Value = Change> {
    let byte = prop_oneof![
        proptest::sample::select(&[0, 1, 2, 0x7f, 0x80, 0x81, 0xfe, 0xff][..]),
        any::<u8>(),
    ];
    prop_oneof![
        3 => (any::<Index>(), byte.clone()).prop_map(|(at, byte)| Change::Set(at, byte)),
        1 => (any::<Index>(), byte).prop_map(|(at, byte)| Change::Insert(at, byte)),
        1 => any::<Index>().prop_map(Change::Remove),
    ]
}

fn apply(changes: &[Change], bytes: &mut Vec<u8>) {
    for change in changes {
        if bytes.is_empty() {
            return;
        }
        match change {
            Change::Set(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Change::Insert(at, byte) => bytes.insert(at.index(bytes.len() + 1), *byte),
            Change::Remove(at) => {
                bytes.remove(at.index(bytes.len()));
            }
        }
    }
}

/// Goes through a response as the native source does, and as topics inside the process do.
fn go_through(bytes: &[u8], wanted: &Range<i64>) {
    if let Ok(batches) = check(bytes, &[]) {
        walk(batches, bytes, wanted);
    }
    let whole = extent(bytes);
    assert!(whole.whole_bytes <= bytes.len());
    let bytes = &bytes[..whole.whole_bytes];
    let aborted = Aborted {
        producer_id: -1,
        first_offset: 2,
    };
    let mut pieces = Pieces::new(vec![aborted]);
    let mut unpacked = Unpacked::default();
    let mut reached = None;
    for n_pieces in 0.. {
        assert!(n_pieces <= bytes.len(), "it goes on for ever");
        let piece = match pieces.next(bytes, &mut unpacked) {
            Ok(Some(piece)) => piece,
            Ok(None) => break,
            Err(damage) => {
                let again = pieces.next(bytes, &mut unpacked);
                assert_eq!(again, Err(damage), "damage stays where it is");
                break;
            }
        };
        assert!(reached <= Some(piece.next_offset), "offsets never go back");
        reached = Some(piece.next_offset);
        let batches = piece.batches(bytes, &unpacked);
        let lies_in = if unpacked.bytes.is_empty() {
            bytes
        } else {
            &unpacked.bytes
        };
        walk(batches, lies_in, wanted);
    }
    assert!(unpacked.bytes.capacity() <= 2 * MOST_BYTES + (1 << 20));
}

/// Looks at all of every record: each part lies in the batches, and none overlaps another.
fn walk(batches: Checked<'_>, bytes: &[u8], wanted: &Range<i64>) {
    let breakage = Breakage::default();
    let mut from = bytes.as_ptr();
    let mut look = |part: &[u8]| {
        let Range { start, end } = part.as_ptr_range();
        assert!(from <= start && end <= bytes.as_ptr_range().end);
        from = end;
    };
    for record in Records::new("t", 0, batches, wanted.clone(), &breakage) {
        assert!(wanted.contains(&record.offset));
        record.key.map(&mut look);
        record.value.map(&mut look);
        for (name, value) in record.headers() {
            look(name.as_bytes());
            value.map(&mut look);
        }
        let _any = record.timestamp_ms();
    }
}
