//! Packs records for tests, in every format in which producers do.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};

const GZIP: i16 = 1;
const SNAPPY: i16 = 2;
const LZ4: i16 = 3;
pub(in crate::batch) const ZSTD: i16 = 4;

pub(in crate::batch) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(in crate::batch) fn bare_snappy(bytes: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(bytes).unwrap()
}

/// In blocks of `block` bytes, as the Java client writes them.
pub(in crate::batch) fn framed_snappy(bytes: &[u8], block: usize) -> Vec<u8> {
    let mut out = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
    for block in bytes.chunks(block) {
        let packed = bare_snappy(block);
        out.extend(u32::try_from(packed.len()).unwrap().to_be_bytes());
        out.extend(packed);
    }
    out
}

pub(in crate::batch) fn lz4(bytes: &[u8], mode: BlockMode) -> Vec<u8> {
    let frame = FrameInfo::new()
        .block_mode(mode)
        .block_size(BlockSize::Max64KB)
        .content_checksum(true);
    let mut encoder = FrameEncoder::with_frame_info(frame, Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(in crate::batch) fn zstd(bytes: &[u8]) -> Vec<u8> {
    // As a stream, so that the frame does not say how long it is.
    let mut encoder = ::zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A packing: the number that its codec has, and how to do it.
pub(in crate::batch) type Packing = (i16, fn(&[u8]) -> Vec<u8>);

/// Every format in which a batch may hold its records.
pub(in crate::batch) const PACKINGS: [Packing; 6] = [
    (GZIP, gzip),
    (SNAPPY, bare_snappy),
    (SNAPPY, |bytes| framed_snappy(bytes, 32 << 10)),
    (LZ4, |bytes| lz4(bytes, BlockMode::Independent)),
    (LZ4, |bytes| lz4(bytes, BlockMode::Linked)),
    (ZSTD, zstd),
];
