//! Batches as a broker sends them, up to the bytes of their records.

use std::io::Write as _;

use lz4_flex::frame::FrameEncoder;
use streamflow_runtime::batch::{
    BatchWriter, Breakage, Checked, NewRecord, Pieces, Records, Unpacked, check,
};

use super::{BATCH, Load, access};

/// How long the part of a batch in front of its records is.
const HEADER_BYTES: usize = 61;

/// One batch of the seed job's lines.
pub(super) fn batch() -> Vec<u8> {
    let mut writer = BatchWriter::new(Vec::new(), 0);
    for n in 0..BATCH {
        writer.push(0, NewRecord::of_value(access(n, 1_000).as_bytes()));
    }
    writer.finish()
}

/// The same with its records in an LZ4 frame, as a producer would send it.
fn packed() -> Vec<u8> {
    let plain = batch();
    let (header, records) = plain.split_at(HEADER_BYTES);
    let mut encoder = FrameEncoder::new(header.to_vec());
    encoder.write_all(records).expect("a buffer takes all");
    let mut packed = encoder.finish().expect("a buffer takes all");
    let length = u32::try_from(packed.len() - 12).expect("a short batch");
    packed[8..12].copy_from_slice(&length.to_be_bytes());
    packed[22] = 3;
    let checksum = crc32c::crc32c(&packed[21..]);
    packed[17..21].copy_from_slice(&checksum.to_be_bytes());
    packed
}

pub(super) fn check_and_walk(load: Load) {
    let bytes = batch();
    for _ in 0..load.measured / BATCH {
        walk(check(&bytes, &[]).expect("the batch is whole"));
    }
}

pub(super) fn unpack_and_walk(load: Load) {
    let bytes = packed();
    let mut unpacked = Unpacked::default();
    for _ in 0..load.measured / BATCH {
        let mut pieces = Pieces::new(Vec::new());
        let piece = pieces.next(&bytes, &mut unpacked);
        let piece = piece.expect("the batch is whole").expect("a batch");
        walk(piece.batches(&bytes, &unpacked));
    }
}

/// Looks at every value, and no closer than at its length.
fn walk(batches: Checked<'_>) {
    let breakage = Breakage::default();
    let records = Records::new("user_access", 0, batches, 0..i64::MAX, &breakage);
    let (mut n_records, mut n_bytes) = (0, 0);
    for record in records {
        n_records += 1;
        n_bytes += record.value.unwrap_or_default().len();
    }
    assert_eq!((n_records, n_bytes > 0), (BATCH, true));
}
