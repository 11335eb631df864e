//! Batches as producers may write them, of generated records.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::batch::compression::packing::{PACKINGS, Packing};
use crate::batch::header::{HEADER_BYTES, Header, UNCOUNTED_BYTES};
use crate::batch::{BatchWriter, NewRecord};

/// A record that owns its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) timestamp_ms: i64,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) headers: Vec<(String, Option<Vec<u8>>)>,
}

/// Records with nulls, headers, and lengths on both sides of one byte of varint.
pub(super) fn records() -> impl Strategy<Value = Vec<Written>> {
    let bytes = || option::of(vec(any::<u8>(), 0..80));
    let headers = vec((".{0,5}", bytes()), 0..3);
    let record = (0..1_i64 << 40, bytes(), bytes(), headers);
    vec(record, 1..8).prop_map(|records| {
        let records = records.into_iter();
        let written = records.map(|(timestamp_ms, key, value, headers)| Written {
            timestamp_ms,
            key,
            value,
            headers,
        });
        written.collect()
    })
}

/// A packing, or none.
pub(super) fn packing() -> impl Strategy<Value = Option<Packing>> {
    option::weighted(0.8, proptest::sample::select(&PACKINGS[..]))
}

/// One batch without compression.
pub(super) fn batch(base_offset: i64, records: &[Written]) -> Vec<u8> {
    let mut writer = BatchWriter::new(Vec::new(), base_offset);
    for record in records {
        let headers = record.headers.iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| (name.as_str(), value.as_deref()))
            .collect();
        let borrowed = NewRecord {
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            headers: &headers,
        };
        writer.push(record.timestamp_ms, borrowed);
    }
    writer.finish()
}

/// The same batch with other bytes for its records, and a header that is right about them.
pub(super) fn with_records(batch: &[u8], records: &[u8], compression: i16) -> Vec<u8> {
    let mut header = Header::parse(batch.first_chunk().expect("a batch has a header"));
    header.attributes |= compression;
    let length = HEADER_BYTES - UNCOUNTED_BYTES + records.len();
    header.length = i32::try_from(length).expect("a short batch");
    let mut bytes = [&header.to_bytes()[..], records].concat();
    mend_checksums(&mut bytes);
    bytes
}

/// The same batch with its records packed.
pub(super) fn packed(batch: &[u8], packing: Option<Packing>) -> Vec<u8> {
    let records = &batch[HEADER_BYTES..];
    match packing {
        Some((codec, pack)) => with_records(batch, &pack(records), codec),
        None => with_records(batch, records, 0),
    }
}

/// Makes the checksums of all whole batches right.
pub(super) fn mend_checksums(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some((_, batch, _)) = Header::split(&bytes[at..]) {
        let length = batch.len();
        let checksum = crc32c::crc32c(&bytes[at + 21..at + length]);
        bytes[at + 17..at + 21].copy_from_slice(&checksum.to_be_bytes());
        at += length;
    }
}
