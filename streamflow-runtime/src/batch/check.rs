//! Decides whether fetched bytes are whole, undamaged batches, before a record of them is read.

use std::fmt;
use std::sync::Arc;

use super::header::{CHECKSUMMED_FROM, Header, MAGIC, UNCOUNTED_BYTES};

/// Batches of one partition whose lengths, headers and checksums are right.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'r> {
    pub(super) stretch: &'r [u8],
    pub(super) more: &'r [Arc<[u8]>],
    next_offset: Option<i64>,
}

#[cfg(feature = "kafka")]
impl<'r> Checked<'r> {
    /// Batches in a row that have been checked one by one.
    pub(super) fn in_a_row(stretch: &'r [u8], next_offset: i64) -> Self {
        Checked {
            stretch,
            more: &[],
            next_offset: Some(next_offset),
        }
    }
}

impl Checked<'_> {
    /// The offset behind the last batch; `None` if there is no batch.
    pub fn next_offset(&self) -> Option<i64> {
        self.next_offset
    }
}

/// Checks the batches of one partition: those in `stretch`, then those in `more`.
pub fn check<'r>(stretch: &'r [u8], more: &'r [Arc<[u8]>]) -> Result<Checked<'r>, Damage> {
    let mut next_offset = None;
    for mut rest in std::iter::once(stretch).chain(more.iter().map(|bytes| &**bytes)) {
        while !rest.is_empty() {
            let (ends, behind) = check_first(rest, next_offset)?;
            next_offset = Some(ends);
            rest = behind;
        }
    }
    Ok(Checked {
        stretch,
        more,
        next_offset,
    })
}

/// Checks the first batch of `bytes`; gives the offset behind it and the bytes behind it.
fn check_first(bytes: &[u8], after: Option<i64>) -> Result<(i64, &[u8]), Damage> {
    let Whole { header, batch } = whole_first(bytes, after)?;
    if header.compression() != 0 {
        return Err(Damage {
            base_offset: Some(header.base_offset),
            fault: Fault::Compressed(compression_name(header.compression())),
        });
    }
    let next_offset = header.next_offset().ok_or(Damage {
        base_offset: Some(header.base_offset),
        fault: Fault::Header,
    })?;
    Ok((next_offset, bytes.get(batch.len()..).unwrap_or_default()))
}

/// A batch that is as its producer and its broker made it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole<'r> {
    pub(super) header: Header,
    pub(super) batch: &'r [u8],
}

/// The first batch of `bytes`, behind one that ended at `after`: lengths, checksum and offsets are
/// right, and its records may be compressed.
pub(super) fn whole_first(bytes: &[u8], after: Option<i64>) -> Result<Whole<'_>, Damage> {
    let stated = bytes
        .first_chunk()
        .map(|offset| i64::from_be_bytes(*offset));
    let damage = |fault| Damage {
        base_offset: stated.or(after),
        fault,
    };
    let (header, batch, _) = Header::split(bytes).ok_or_else(|| damage(truncation(bytes)))?;
    if header.magic != MAGIC {
        return Err(damage(Fault::Version(header.magic)));
    }
    if batch.len() - UNCOUNTED_BYTES != usize::try_from(header.length).unwrap_or(0) {
        return Err(damage(Fault::Header));
    }
    let actual = crc32c::crc32c(batch.get(CHECKSUMMED_FROM..).unwrap_or_default());
    if actual != header.checksum {
        return Err(damage(Fault::Checksum {
            stated: header.checksum,
            actual,
        }));
    }
    let is_in_order = after.is_none_or(|after| after <= header.base_offset);
    if header.next_offset().is_none() || !is_in_order {
        return Err(damage(Fault::Header));
    }
    Ok(Whole { header, batch })
}

fn truncation(bytes: &[u8]) -> Fault {
    let length: Option<&[u8; 4]> = bytes.get(8..).and_then(<[u8]>::first_chunk);
    let needed = match length.map(|length| usize::try_from(i32::from_be_bytes(*length))) {
        Some(Ok(length)) => length + UNCOUNTED_BYTES,
        Some(Err(_)) => return Fault::Header,
        None => UNCOUNTED_BYTES,
    };
    Fault::Truncated {
        bytes: bytes.len(),
        needed: needed.max(super::header::HEADER_BYTES),
    }
}

pub(super) fn compression_name(number: i16) -> &'static str {
    match number {
        1 => "gzip",
        2 => "snappy",
        3 => "lz4",
        4 => "zstd",
        _ => "an unknown compression",
    }
}

/// A batch that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// The offset that the batch says it begins at; where it is too short to say, the offset
    /// behind the batch in front of it.
    pub base_offset: Option<i64>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It ends too soon.
    Truncated {
        /// How many bytes there are.
        bytes: usize,
        /// How many the batch needs.
        needed: usize,
    },
    /// It is in another version of the format.
    Version(u8),
    /// Its bytes do not have the checksum that it states.
    Checksum {
        /// The checksum in the header.
        stated: u32,
        /// The checksum of the bytes.
        actual: u32,
    },
    /// Its records are compressed.
    Compressed(&'static str),
    /// Its records cannot be unpacked.
    Unpacking {
        /// The compression.
        codec: &'static str,
        /// Why not.
        why: Unpackable,
    },
    /// It ends a transaction, and does not say how.
    Mark,
    /// Lengths, counts or offsets of its header cannot be.
    Header,
}

/// Why compressed records cannot be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpackable {
    /// They are not in the format of their compression.
    Malformed,
    /// They are larger than any batch should be.
    TooLarge {
        /// The most that is unpacked of one batch.
        most_bytes: usize,
    },
    /// The compression has a number that no format of Kafka's has.
    Unknown,
}

impl fmt::Display for Unpackable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unpackable::Malformed => f.write_str("they are damaged, or in another format"),
            Unpackable::TooLarge { most_bytes } => {
                write!(f, "they are larger than {} MiB", most_bytes >> 20)
            }
            Unpackable::Unknown => f.write_str("nobody knows the compression"),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.base_offset {
            Some(base_offset) => write!(f, "batch at base offset {base_offset}: {}", self.fault),
            None => write!(f, "batch without an offset: {}", self.fault),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Truncated { bytes, needed } => {
                write!(f, "it is cut off after {bytes} of {needed} bytes")
            }
            Fault::Version(magic) => {
                write!(
                    f,
                    "it is in version {magic} of the batch format, not in version {MAGIC}"
                )
            }
            Fault::Checksum { stated, actual } => {
                write!(
                    f,
                    "its checksum is {stated:#010x}, but its bytes give {actual:#010x}"
                )
            }
            Fault::Compressed(name) => {
                write!(
                    f,
                    "it is compressed ({name}); compression is not handled here"
                )
            }
            Fault::Unpacking { codec, why } => {
                write!(f, "its records cannot be unpacked ({codec}): {why}")
            }
            Fault::Mark => f.write_str("it marks the end of a transaction, and does not say which"),
            Fault::Header => f.write_str("the lengths, counts or offsets of its header cannot be"),
        }
    }
}

impl std::error::Error for Damage {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{BatchWriter, NewRecord};

    fn batch(base_offset: i64) -> Vec<u8> {
        let mut writer = BatchWriter::new(Vec::new(), base_offset);
        writer.push(7, NewRecord::of_value(b"hello"));
        writer.push(7, NewRecord::of_value(b"world"));
        writer.finish()
    }

    fn damage(bytes: &[u8]) -> Damage {
        check(bytes, &[]).unwrap_err()
    }

    /// Sets attributes and makes the checksum right again.
    fn with_attributes(attributes: u8) -> Vec<u8> {
        let mut bytes = batch(50);
        bytes[22] = attributes;
        let checksum = crc32c::crc32c(&bytes[21..]);
        bytes[17..21].copy_from_slice(&checksum.to_be_bytes());
        bytes
    }

    #[test]
    fn several_batches_are_checked_in_one_go() {
        let two = [batch(0), batch(10)].concat();
        let third: [Arc<[u8]>; 1] = [batch(12).into()];
        assert_eq!(check(&two, &third).unwrap().next_offset(), Some(14));
        assert_eq!(check(&[], &[]).unwrap().next_offset(), None);
    }

    #[test]
    fn any_flipped_byte_behind_the_offset_and_the_epoch_is_found() {
        let whole = batch(50);
        for at in (8..12).chain(16..whole.len()) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            assert!(check(&bytes, &[]).is_err(), "byte {at}");
        }
    }

    #[test]
    fn wrong_checksum_names_the_batch() {
        let mut bytes = [batch(0), batch(50)].concat();
        *bytes.last_mut().unwrap() ^= 1;
        let text = damage(&bytes).to_string();
        assert!(
            text.starts_with("batch at base offset 50: its checksum is 0x"),
            "{text}"
        );
    }

    #[test]
    fn truncated_batch_is_damage_at_every_length() {
        let whole = batch(50);
        for length in 1..whole.len() {
            let Damage { fault, .. } = damage(&whole[..length]);
            assert!(
                matches!(fault, Fault::Truncated { .. }),
                "{length}: {fault}"
            );
        }
        assert_eq!(
            damage(&whole[..70]).to_string(),
            "batch at base offset 50: it is cut off after 70 of 85 bytes"
        );
    }

    #[test]
    fn compressed_batch_is_refused_with_the_name_of_the_compression() {
        assert_eq!(
            damage(&with_attributes(4)).to_string(),
            "batch at base offset 50: it is compressed (zstd); compression is not handled here"
        );
    }

    #[test]
    fn batches_out_of_order_are_refused() {
        assert_eq!(
            damage(&[batch(50), batch(51)].concat()).fault,
            Fault::Header
        );
    }
}
