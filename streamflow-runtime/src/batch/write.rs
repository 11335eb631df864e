//! Writes records as one whole batch.

#[cfg(feature = "kafka")]
use super::compression::Packer;
use super::header::{CHECKSUMMED_FROM, HEADER_BYTES, Header, MAGIC, UNCOUNTED_BYTES, set_checksum};
#[cfg(feature = "kafka")]
use super::header::{set_producer, set_sequence};
use super::varint;

/// A record that is to be written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewRecord<'a> {
    /// The key; `None` is a null key.
    pub key: Option<&'a [u8]>,
    /// The value; `None` is a null value.
    pub value: Option<&'a [u8]>,
    /// The headers, in order.
    pub headers: &'a [(&'a str, Option<&'a [u8]>)],
}

impl<'a> NewRecord<'a> {
    /// A record without a key.
    pub fn of_value(value: &'a [u8]) -> Self {
        NewRecord {
            key: None,
            value: Some(value),
            headers: &[],
        }
    }

    /// A record with key and value.
    pub fn keyed(key: &'a [u8], value: &'a [u8]) -> Self {
        NewRecord {
            key: Some(key),
            value: Some(value),
            headers: &[],
        }
    }
}

/// Which batch of a producer this is: a broker that has it already does not take it again.
#[cfg(feature = "kafka")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence {
    /// The producer.
    pub producer_id: i64,
    /// Which life of the producer.
    pub producer_epoch: i16,
    /// The number of the first record among all that he sends to the partition.
    pub first: i32,
}

/// Writes one batch, uncompressed, behind what a buffer holds already.
///
/// ```
/// use streamflow_runtime::batch::{BatchWriter, NewRecord};
///
/// let mut writer = BatchWriter::new(Vec::new(), 0);
/// writer.push(1_700_000_000_000, NewRecord::of_value(b"hello"));
/// let bytes = writer.finish();
/// # assert_eq!(bytes.len(), 61 + 12);
/// ```
#[derive(Debug)]
#[must_use = "a batch is only whole when it is finished"]
pub struct BatchWriter {
    out: Vec<u8>,
    /// Where in `out` the batch begins.
    start: usize,
    base_offset: i64,
    n_records: i32,
    base_timestamp_ms: i64,
    max_timestamp_ms: i64,
}

impl BatchWriter {
    /// Begins a batch behind the bytes of `out`, which [`finish`](Self::finish) gives back.
    pub fn new(mut out: Vec<u8>, base_offset: i64) -> Self {
        let start = out.len();
        out.extend_from_slice(&[0; HEADER_BYTES]);
        BatchWriter {
            out,
            start,
            base_offset,
            n_records: 0,
            base_timestamp_ms: -1,
            max_timestamp_ms: -1,
        }
    }

    /// Adds a record at the next offset. The caller ends a batch long before it has the 2 GiB
    /// that its length field can tell.
    pub fn push(&mut self, timestamp_ms: i64, record: NewRecord<'_>) {
        if self.n_records == 0 {
            self.base_timestamp_ms = timestamp_ms;
        }
        self.max_timestamp_ms = self.max_timestamp_ms.max(timestamp_ms);
        let timestamp_delta = timestamp_ms.wrapping_sub(self.base_timestamp_ms);
        let offset_delta = i64::from(self.n_records);
        let n_headers = i64::try_from(record.headers.len()).unwrap_or(i64::MAX);
        let size = 1
            + varint::size(timestamp_delta)
            + varint::size(offset_delta)
            + varint::size_of_bytes(record.key)
            + varint::size_of_bytes(record.value)
            + varint::size(n_headers)
            + record.headers.iter().map(size_of_header).sum::<usize>();
        let out = &mut self.out;
        varint::put(out, i64::try_from(size).unwrap_or(i64::MAX));
        out.push(0);
        varint::put(out, timestamp_delta);
        varint::put(out, offset_delta);
        varint::put_bytes(out, record.key);
        varint::put_bytes(out, record.value);
        varint::put(out, n_headers);
        for (name, value) in record.headers {
            varint::put_bytes(out, Some(name.as_bytes()));
            varint::put_bytes(out, *value);
        }
        self.n_records = self.n_records.saturating_add(1);
    }

    /// How many records the batch has so far.
    pub fn n_records(&self) -> usize {
        usize::try_from(self.n_records).unwrap_or(0)
    }

    /// How many bytes the batch has so far.
    pub fn n_bytes(&self) -> usize {
        self.out.len() - self.start
    }

    /// Ends the batch and gives the buffer back; a batch without records leaves no bytes.
    pub fn finish(self) -> Vec<u8> {
        self.finish_with(0, -1, |_| {})
    }

    /// Ends a batch that is sent to a broker, which takes it once; its records are packed if that
    /// makes them shorter.
    #[cfg(feature = "kafka")]
    pub(crate) fn finish_to_send(mut self, packer: &mut Packer, sequence: Sequence) -> Vec<u8> {
        let records = self.start + HEADER_BYTES;
        let packed = packer.pack(self.out.get(records..).unwrap_or_default());
        let mut attributes = 0;
        if let Some((number, packed)) = packed {
            attributes = number;
            self.out.truncate(records);
            self.out.extend_from_slice(packed);
        }
        self.finish_with(attributes, sequence.producer_id, |header| {
            set_sequence(header, sequence.producer_epoch, sequence.first);
        })
    }

    fn finish_with(
        mut self,
        attributes: i16,
        producer_id: i64,
        complete: impl FnOnce(&mut [u8; HEADER_BYTES]),
    ) -> Vec<u8> {
        if self.n_records == 0 {
            self.out.truncate(self.start);
            return self.out;
        }
        let header = Header {
            base_offset: self.base_offset,
            length: i32::try_from(self.n_bytes() - UNCOUNTED_BYTES).unwrap_or(i32::MAX),
            leader_epoch: -1,
            magic: MAGIC,
            checksum: 0,
            attributes,
            last_offset_delta: self.n_records - 1,
            base_timestamp_ms: self.base_timestamp_ms,
            max_timestamp_ms: self.max_timestamp_ms,
            producer_id,
            n_records: self.n_records,
        };
        let batch = self.out.get_mut(self.start..).unwrap_or_default();
        if let Some((place, records)) = batch.split_first_chunk_mut::<HEADER_BYTES>() {
            *place = header.to_bytes();
            complete(place);
            let checksum = crc32c::crc32c(&place[CHECKSUMMED_FROM..]);
            set_checksum(place, crc32c::crc32c_append(checksum, records));
        }
        self.out
    }
}

/// Gives a whole batch that is sent to a broker another number.
#[cfg(feature = "kafka")]
pub(crate) fn renumber(batch: &mut [u8], sequence: Sequence) {
    if let Some((header, records)) = batch.split_first_chunk_mut::<HEADER_BYTES>() {
        set_producer(header, sequence.producer_id);
        set_sequence(header, sequence.producer_epoch, sequence.first);
        let checksum = crc32c::crc32c(&header[CHECKSUMMED_FROM..]);
        set_checksum(header, crc32c::crc32c_append(checksum, records));
    }
}

fn size_of_header((name, value): &(&str, Option<&[u8]>)) -> usize {
    varint::size_of_bytes(Some(name.as_bytes())) + varint::size_of_bytes(*value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batch_has_the_bytes_of_the_protocol() {
        let mut writer = BatchWriter::new(Vec::new(), 258);
        writer.push(1_000, NewRecord::keyed(b"k", b"v0"));
        writer.push(
            1_100,
            NewRecord {
                key: None,
                value: None,
                headers: &[("h", Some(b"x")), ("n", None)],
            },
        );
        #[rustfmt::skip]
        let expected: &[u8] = &[
            0, 0, 0, 0, 0, 0, 1, 2, // base offset 258
            0, 0, 0, 74, // length: 49 + 10 + 15
            0xff, 0xff, 0xff, 0xff, // leader epoch -1
            2, // magic
            0x5a, 0xe0, 0xdc, 0x58, // CRC32C of what follows, computed elsewhere
            0, 0, // attributes
            0, 0, 0, 1, // last offset delta
            0, 0, 0, 0, 0, 0, 3, 0xe8, // base timestamp 1000
            0, 0, 0, 0, 0, 0, 4, 0x4c, // max timestamp 1100
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, // producer id -1
            0xff, 0xff, // producer epoch -1
            0xff, 0xff, 0xff, 0xff, // base sequence -1
            0, 0, 0, 2, // two records
            18, 0, 0, 0, 2, b'k', 4, b'v', b'0', 0, // length 9: key "k", value "v0", no headers
            28, 0, 0xc8, 1, 2, 1, 1, 4, // length 14, 100 ms on, offset delta 1, null, null, 2 headers
            2, b'h', 2, b'x', 2, b'n', 1, // h: x, n: null
        ];
        assert_eq!(writer.finish(), expected);
    }

    #[cfg(feature = "kafka")]
    #[test]
    fn batch_with_another_number_is_the_one_that_had_it_from_the_beginning() {
        let numbered = |producer_id, producer_epoch, first| Sequence {
            producer_id,
            producer_epoch,
            first,
        };
        let written = |sequence| {
            let mut writer = BatchWriter::new(Vec::new(), 0);
            writer.push(1_000, NewRecord::keyed(b"k", b"v0"));
            let mut packer = Packer::new(super::super::Codec::None);
            writer.finish_to_send(&mut packer, sequence)
        };
        let mut batch = written(numbered(7, 0, 4_711));
        renumber(&mut batch, numbered(8, 3, 0));
        assert_eq!(batch, written(numbered(8, 3, 0)));
    }

    #[test]
    fn batch_without_records_leaves_no_bytes() {
        assert_eq!(BatchWriter::new(vec![1, 2], 0).finish(), [1, 2]);
    }
}
