//! Packs the records of a batch that is to be sent.

use std::io::Write;

use flate2::write::GzEncoder;
use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};

/// A compression of Kafka's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Codec {
    /// The records as they are.
    #[default]
    None,
    /// `gzip`
    Gzip,
    /// `snappy`
    Snappy,
    /// `lz4`
    Lz4,
    /// `zstd`
    Zstd,
}

impl Codec {
    /// The codec that Kafka's settings call by this name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "none" => Codec::None,
            "gzip" => Codec::Gzip,
            "snappy" => Codec::Snappy,
            "lz4" => Codec::Lz4,
            "zstd" => Codec::Zstd,
            _ => return None,
        })
    }

    /// Its number in the attributes of a batch.
    pub(in crate::batch) fn number(self) -> i16 {
        match self {
            Codec::None => 0,
            Codec::Gzip => 1,
            Codec::Snappy => 2,
            Codec::Lz4 => 3,
            Codec::Zstd => 4,
        }
    }
}

/// Packs with one codec. The memory is used again and again.
#[derive(Debug, Default)]
pub struct Packer {
    codec: Codec,
    packed: Vec<u8>,
}

impl Packer {
    /// Packs with this codec.
    pub fn new(codec: Codec) -> Self {
        Packer {
            codec,
            packed: Vec::new(),
        }
    }

    /// The records packed, and the codec's number, where that makes them shorter.
    pub(in crate::batch) fn pack(&mut self, records: &[u8]) -> Option<(i16, &[u8])> {
        let mut packed = std::mem::take(&mut self.packed);
        packed.clear();
        let done = match self.codec {
            Codec::None => return None,
            Codec::Gzip => gzip(records, packed),
            Codec::Snappy => snappy(records, packed),
            Codec::Lz4 => lz4(records, packed),
            Codec::Zstd => zstd(records, packed),
        };
        // Writing to memory does not fail; if it did, records that are not packed are right too.
        self.packed = done.unwrap_or_default();
        let is_shorter = !self.packed.is_empty() && self.packed.len() < records.len();
        is_shorter.then_some((self.codec.number(), self.packed.as_slice()))
    }
}

fn gzip(records: &[u8], into: Vec<u8>) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(into, flate2::Compression::default());
    encoder.write_all(records).ok()?;
    encoder.finish().ok()
}

/// Bare, without the frame of the Java client, as librdkafka writes it too.
fn snappy(records: &[u8], mut into: Vec<u8>) -> Option<Vec<u8>> {
    into.resize(snap::raw::max_compress_len(records.len()), 0);
    let length = snap::raw::Encoder::new()
        .compress(records, &mut into)
        .ok()?;
    into.truncate(length);
    Some(into)
}

/// In blocks that do not depend on each other: Java clients read no others.
fn lz4(records: &[u8], into: Vec<u8>) -> Option<Vec<u8>> {
    let frame = FrameInfo::new()
        .block_mode(BlockMode::Independent)
        .block_size(BlockSize::Max64KB);
    let mut encoder = FrameEncoder::with_frame_info(frame, into);
    encoder.write_all(records).ok()?;
    encoder.finish().ok()
}

fn zstd(records: &[u8], into: Vec<u8>) -> Option<Vec<u8>> {
    let mut encoder = ::zstd::stream::write::Encoder::new(into, 0).ok()?;
    encoder.write_all(records).ok()?;
    encoder.finish().ok()
}
