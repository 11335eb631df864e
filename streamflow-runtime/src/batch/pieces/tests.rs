use std::ops::Range;

use super::*;
use crate::batch::header::MAGIC;
use crate::batch::{BatchWriter, Breakage, NewRecord, Records};

const ALL: Range<i64> = 0..i64::MAX;
const OF_TRANSACTION: i16 = 1 << 4;
const OF_CONTROL: i16 = 1 << 5;

/// Changes the header of a batch, and makes its checksum right again.
fn with_header(mut bytes: Vec<u8>, change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut header = Header::parse(bytes.first_chunk().unwrap());
    change(&mut header);
    bytes[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
    header.checksum = crc32c::crc32c(&bytes[21..]);
    bytes[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
    bytes
}

fn plain(base_offset: i64, values: &[&str]) -> Vec<u8> {
    let mut writer = BatchWriter::new(Vec::new(), base_offset);
    for value in values {
        writer.push(1_000, NewRecord::of_value(value.as_bytes()));
    }
    writer.finish()
}

fn of_producer(base_offset: i64, producer_id: i64, value: &str) -> Vec<u8> {
    with_header(plain(base_offset, &[value]), |header| {
        header.producer_id = producer_id;
        header.attributes |= OF_TRANSACTION;
    })
}

fn mark(base_offset: i64, producer_id: i64, kind: u8) -> Vec<u8> {
    let mut writer = BatchWriter::new(Vec::new(), base_offset);
    writer.push(0, NewRecord::keyed(&[0, 0, 0, kind], b""));
    with_header(writer.finish(), |header| {
        header.producer_id = producer_id;
        header.attributes |= OF_TRANSACTION | OF_CONTROL;
    })
}

/// The same batch with its records in bare Snappy.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let records = snap::raw::Encoder::new()
        .compress_vec(&bytes[HEADER_BYTES..])
        .unwrap();
    let whole = [&bytes[..HEADER_BYTES], &records].concat();
    with_header(whole, |header| {
        header.attributes |= 2;
        header.length = i32::try_from(HEADER_BYTES - 12 + records.len()).unwrap();
    })
}

/// The values that a job would see, and the offset behind each piece.
fn walk(bytes: &[u8], aborted: &[Aborted]) -> Result<(Vec<String>, Vec<i64>), Damage> {
    let mut pieces = Pieces::new(aborted.to_vec());
    let mut unpacked = Unpacked::default();
    let (mut values, mut ends) = (Vec::new(), Vec::new());
    while let Some(piece) = pieces.next(bytes, &mut unpacked)? {
        let breakage = Breakage::default();
        let batches = piece.batches(bytes, &unpacked);
        assert_eq!(batches.next_offset(), Some(piece.next_offset));
        for record in Records::new("t", 0, batches, ALL, &breakage) {
            values.push(String::from_utf8_lossy(record.value.unwrap_or_default()).into_owned());
        }
        assert_eq!(breakage.take(), None);
        ends.push(piece.next_offset);
    }
    Ok((values, ends))
}

#[test]
fn pieces_are_of_one_kind_and_in_order() {
    let bytes = [
        plain(0, &["a", "b"]),
        plain(2, &["c"]),
        packed(&plain(3, &["d", "e"])),
        packed(&plain(5, &["f"])),
        plain(9, &["g"]),
    ]
    .concat();
    let (values, ends) = walk(&bytes, &[]).unwrap();
    assert_eq!(values, ["a", "b", "c", "d", "e", "f", "g"]);
    assert_eq!(ends, [3, 6, 10]);
    assert_eq!(walk(&[], &[]), Ok((Vec::new(), Vec::new())));
}

#[test]
fn committed_and_aborted_transactions_interleave() {
    let aborted = |producer_id, first_offset| Aborted {
        producer_id,
        first_offset,
    };
    let bytes = [
        of_producer(0, 1, "committed"),
        of_producer(1, 2, "aborted"),
        plain(2, &["outside"]),
        packed(&of_producer(3, 2, "aborted")),
        of_producer(4, 1, "committed"),
        mark(5, 2, 0),
        mark(6, 1, 1),
        of_producer(7, 2, "committed"),
        of_producer(8, 1, "aborted"),
        mark(9, 2, 1),
        mark(10, 1, 0),
    ]
    .concat();
    let (values, ends) = walk(&bytes, &[aborted(1, 8), aborted(2, 1)]).unwrap();
    assert_eq!(values, ["committed", "outside", "committed", "committed"]);
    assert_eq!(
        ends.last(),
        Some(&11),
        "marks count, although nobody sees them"
    );
}

#[test]
fn large_run_is_given_out_in_several_pieces() {
    let value = "x".repeat(100_000);
    let batches = (0..10).map(|at| plain(at, &[&value]));
    let (plain_values, plain_ends) =
        walk(&batches.clone().flatten().collect::<Vec<u8>>(), &[]).unwrap();
    assert_eq!((plain_values.len(), plain_ends), (10, vec![3, 6, 9, 10]));
    let packed: Vec<u8> = batches.flat_map(|batch| packed(&batch)).collect();
    assert!(packed.len() < 100_000);
    let (values, ends) = walk(&packed, &[]).unwrap();
    assert_eq!((values.len(), ends), (10, vec![3, 6, 9, 10]));
}

#[test]
fn damage_is_found_where_it_is_whatever_the_batch_is() {
    let first = plain(3, &["a"]);
    for second in [plain(7, &["b"]), packed(&plain(7, &["b"])), mark(7, 1, 0)] {
        let mut bytes = [&first[..], &second].concat();
        *bytes.last_mut().unwrap() ^= 1;
        let damage = walk(&bytes, &[]).unwrap_err();
        assert_eq!(damage.base_offset, Some(7));
        assert!(matches!(damage.fault, Fault::Checksum { .. }), "{damage}");
    }
    let wrong = with_header(packed(&plain(7, &["b"])), |header| header.attributes ^= 1);
    assert_eq!(
        walk(&wrong, &[]).unwrap_err().to_string(),
        "batch at base offset 7: its records cannot be unpacked (lz4): they are damaged, or in \
         another format"
    );
    let old = with_header(plain(7, &["b"]), |header| header.magic = MAGIC - 1);
    assert_eq!(walk(&old, &[]).unwrap_err().fault, Fault::Version(1));
    let endless = with_header(mark(7, 1, 0), |header| header.length -= 4);
    assert!(walk(&endless[..endless.len() - 4], &[]).is_err());
}

#[test]
fn what_is_in_front_of_damage_is_given_out_first() {
    let wrong = |bytes: Vec<u8>| with_header(packed(&bytes), |header| header.attributes ^= 1);
    let runs = [
        [plain(0, &["a"]), plain(1, &["b"]), plain(2, &["c"])],
        [plain(0, &["a"]), plain(1, &["b"]), plain(2, &["c"])].map(|it| packed(&it)),
    ];
    for [first, second, mut third] in runs {
        *third.last_mut().unwrap() ^= 1;
        for third in [third, wrong(plain(2, &["c"]))] {
            let bytes = [&first[..], &second, &third].concat();
            let mut pieces = Pieces::new(Vec::new());
            let mut unpacked = Unpacked::default();
            let piece = pieces.next(&bytes, &mut unpacked).unwrap().unwrap();
            assert_eq!(piece.next_offset, 2);
            let breakage = Breakage::default();
            let batches = piece.batches(&bytes, &unpacked);
            assert_eq!(Records::new("t", 0, batches, ALL, &breakage).count(), 2);
            assert_eq!(breakage.take(), None);
            let damage = pieces.next(&bytes, &mut unpacked).unwrap_err();
            assert_eq!(damage.base_offset, Some(2));
        }
    }
}
