//! The fixed part of a record batch: which number stands at which byte.

/// How long the part in front of the records is.
pub(super) const HEADER_BYTES: usize = 61;
/// How much of a batch its length field does not count: the offset and the field itself.
pub(super) const UNCOUNTED_BYTES: usize = 12;
/// Where the bytes that the checksum covers begin.
pub(super) const CHECKSUMMED_FROM: usize = 21;

/// The version of the format.
pub(super) const MAGIC: u8 = 2;

const COMPRESSION_BITS: i16 = 0b111;
const LOG_APPEND_TIME_BIT: i16 = 1 << 3;
#[cfg(feature = "kafka")]
const TRANSACTION_BIT: i16 = 1 << 4;
const CONTROL_BIT: i16 = 1 << 5;

/// The numbers in front of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) base_offset: i64,
    /// The length of the batch without [`UNCOUNTED_BYTES`].
    pub(super) length: i32,
    /// The epoch of the leader that took the batch; -1 is none.
    pub(super) leader_epoch: i32,
    pub(super) magic: u8,
    pub(super) checksum: u32,
    pub(super) attributes: i16,
    pub(super) last_offset_delta: i32,
    pub(super) base_timestamp_ms: i64,
    pub(super) max_timestamp_ms: i64,
    /// The producer of a transaction; -1 is none.
    pub(super) producer_id: i64,
    pub(super) n_records: i32,
}

impl Header {
    pub(super) fn parse(bytes: &[u8; HEADER_BYTES]) -> Self {
        Header {
            base_offset: i64::from_be_bytes(number_at(bytes, 0)),
            length: i32::from_be_bytes(number_at(bytes, 8)),
            leader_epoch: i32::from_be_bytes(number_at(bytes, 12)),
            magic: bytes[16],
            checksum: u32::from_be_bytes(number_at(bytes, 17)),
            attributes: i16::from_be_bytes(number_at(bytes, 21)),
            last_offset_delta: i32::from_be_bytes(number_at(bytes, 23)),
            base_timestamp_ms: i64::from_be_bytes(number_at(bytes, 27)),
            max_timestamp_ms: i64::from_be_bytes(number_at(bytes, 35)),
            producer_id: i64::from_be_bytes(number_at(bytes, 43)),
            n_records: i32::from_be_bytes(number_at(bytes, 57)),
        }
    }

    /// The header with producer epoch and sequence absent: see [`set_sequence`].
    pub(super) fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0xff; HEADER_BYTES];
        bytes[0..8].copy_from_slice(&self.base_offset.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.length.to_be_bytes());
        bytes[12..16].copy_from_slice(&self.leader_epoch.to_be_bytes());
        bytes[16] = self.magic;
        bytes[17..21].copy_from_slice(&self.checksum.to_be_bytes());
        bytes[21..23].copy_from_slice(&self.attributes.to_be_bytes());
        bytes[23..27].copy_from_slice(&self.last_offset_delta.to_be_bytes());
        bytes[27..35].copy_from_slice(&self.base_timestamp_ms.to_be_bytes());
        bytes[35..43].copy_from_slice(&self.max_timestamp_ms.to_be_bytes());
        bytes[43..51].copy_from_slice(&self.producer_id.to_be_bytes());
        bytes[57..61].copy_from_slice(&self.n_records.to_be_bytes());
        bytes
    }

    /// The first batch of `bytes`, whole, and what is behind it.
    pub(super) fn split(bytes: &[u8]) -> Option<(Self, &[u8], &[u8])> {
        let header = Header::parse(bytes.first_chunk()?);
        let length = usize::try_from(header.length).ok()? + UNCOUNTED_BYTES;
        let (batch, rest) = bytes.split_at_checked(length.max(HEADER_BYTES))?;
        Some((header, batch, rest))
    }

    /// The offset behind the batch, unless the header makes no sense.
    pub(super) fn next_offset(&self) -> Option<i64> {
        if self.base_offset < 0 || self.last_offset_delta < 0 || self.n_records < 0 {
            return None;
        }
        self.base_offset
            .checked_add(i64::from(self.last_offset_delta) + 1)
    }

    /// The number of the compression that the records are in; 0 is none.
    pub(super) fn compression(&self) -> i16 {
        self.attributes & COMPRESSION_BITS
    }

    /// The same for records that are not compressed and take so many bytes; its checksum is not
    /// that of them.
    #[cfg(feature = "kafka")]
    pub(super) fn of_unpacked(self, records_bytes: usize) -> Option<Self> {
        let length = records_bytes + HEADER_BYTES - UNCOUNTED_BYTES;
        Some(Header {
            length: i32::try_from(length).ok()?,
            attributes: self.attributes & !COMPRESSION_BITS,
            ..self
        })
    }

    /// Whether the records belong to a transaction.
    #[cfg(feature = "kafka")]
    pub(super) fn is_of_transaction(&self) -> bool {
        self.attributes & TRANSACTION_BIT != 0
    }

    /// Whether the broker wrote one timestamp for all records.
    pub(super) fn has_log_append_time(&self) -> bool {
        self.attributes & LOG_APPEND_TIME_BIT != 0
    }

    /// Whether the records are marks of a transaction.
    pub(super) fn is_control(&self) -> bool {
        self.attributes & CONTROL_BIT != 0
    }
}

#[inline]
fn number_at<const N: usize>(bytes: &[u8; HEADER_BYTES], at: usize) -> [u8; N] {
    std::array::from_fn(|index| bytes[at + index])
}

/// Writes the checksum into a header.
pub(super) fn set_checksum(header: &mut [u8; HEADER_BYTES], checksum: u32) {
    header[17..21].copy_from_slice(&checksum.to_be_bytes());
}

/// Writes who has produced a batch into its header.
#[cfg(feature = "kafka")]
pub(super) fn set_producer(header: &mut [u8; HEADER_BYTES], id: i64) {
    header[43..51].copy_from_slice(&id.to_be_bytes());
}

/// Writes the epoch of a producer, and the number of the first record among his, into a header.
#[cfg(feature = "kafka")]
pub(super) fn set_sequence(header: &mut [u8; HEADER_BYTES], epoch: i16, first: i32) {
    header[51..53].copy_from_slice(&epoch.to_be_bytes());
    header[53..57].copy_from_slice(&first.to_be_bytes());
}

/// Gives a whole batch its place in a log, as a broker does: the checksum stays right.
pub(crate) fn set_base_offset(batch: &mut [u8], base_offset: i64) {
    if let Some(place) = batch.first_chunk_mut() {
        *place = base_offset.to_be_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_comes_back_from_its_bytes() {
        let header = Header {
            base_offset: 1 << 40,
            length: 4_711,
            leader_epoch: 3,
            magic: MAGIC,
            checksum: 0xdead_beef,
            attributes: 0b10_1000,
            last_offset_delta: 9,
            base_timestamp_ms: 1_700_000_000_000,
            max_timestamp_ms: 1_700_000_000_009,
            producer_id: 4_711,
            n_records: 10,
        };
        assert_eq!(Header::parse(&header.to_bytes()), header);
        assert!(header.has_log_append_time() && header.is_control());
        assert_eq!(header.next_offset(), Some((1 << 40) + 10));
    }
}
