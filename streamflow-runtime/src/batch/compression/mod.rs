//! Packs records, and unpacks those of compressed batches up to a size and no further.
//!
//! All four codecs of Kafka; each file knows how one of them is framed in a batch.

mod gzip;
mod lz4;
mod pack;
mod snappy;
mod zstd;

pub use pack::{Codec, Packer};

use std::io::Read;

use super::check::Unpackable;

/// The most that is unpacked of one batch. A broker takes batches of 1 MiB unless it is told
/// otherwise, and text is rarely packed into less than a hundredth.
pub(super) const MOST_BYTES: usize = 128 << 20;

/// What the codecs keep from one batch to the next.
#[derive(Debug, Default)]
pub(super) struct Codecs {
    zstd: zstd::Context,
}

impl Codecs {
    /// Appends what `packed` holds, with the codec that has this number in a batch's attributes.
    pub(super) fn unpack(
        &mut self,
        compression: i16,
        packed: &[u8],
        into: &mut Vec<u8>,
    ) -> Result<(), Unpackable> {
        match compression {
            1 => gzip::unpack(packed, into, MOST_BYTES),
            2 => snappy::unpack(packed, into, MOST_BYTES),
            3 => lz4::unpack(packed, into, MOST_BYTES),
            4 => self.zstd.unpack(packed, into, MOST_BYTES),
            _ => Err(Unpackable::Unknown),
        }
    }
}

/// Appends all that a decoder gives, unless it is more than `most_bytes`.
fn read_all(decoder: impl Read, into: &mut Vec<u8>, most_bytes: usize) -> Result<(), Unpackable> {
    let one_more = u64::try_from(most_bytes)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let read = decoder
        .take(one_more)
        .read_to_end(into)
        .map_err(|_| Unpackable::Malformed)?;
    if read > most_bytes {
        return Err(Unpackable::TooLarge { most_bytes });
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod packing;
#[cfg(test)]
mod tests;
