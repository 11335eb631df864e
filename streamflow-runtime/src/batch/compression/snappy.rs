//! Snappy: bare, as librdkafka writes it, or in the blocks of `snappy-java`, as Java clients do.
//!
//! ```text
//! 82 "SNAPPY" 00 · version i32 · compatible version i32 · (length i32 · bare Snappy)*
//! ```

use snap::raw::{Decoder, decompress_len};

use super::Unpackable;

const MAGIC: &[u8] = b"\x82SNAPPY\0";
/// The magic and two versions.
const FRONT_BYTES: usize = 16;

/// What a byte of Snappy becomes at most: a copy of 64 bytes takes three, or two of near ones.
const MOST_GROWTH: usize = 64;

pub(super) fn unpack(
    packed: &[u8],
    into: &mut Vec<u8>,
    most_bytes: usize,
) -> Result<(), Unpackable> {
    let begin = into.len();
    if !packed.starts_with(MAGIC) {
        return unpack_block(packed, into, most_bytes);
    }
    let mut rest = packed.get(FRONT_BYTES..).ok_or(Unpackable::Malformed)?;
    while let Some((length, behind)) = rest.split_first_chunk() {
        let length = usize::try_from(i32::from_be_bytes(*length));
        let length = length.map_err(|_| Unpackable::Malformed)?;
        let (block, behind) = behind
            .split_at_checked(length)
            .ok_or(Unpackable::Malformed)?;
        let left = most_bytes - (into.len() - begin).min(most_bytes);
        unpack_block(block, into, left).map_err(|why| match why {
            Unpackable::TooLarge { .. } => Unpackable::TooLarge { most_bytes },
            other => other,
        })?;
        rest = behind;
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(Unpackable::Malformed)
    }
}

fn unpack_block(packed: &[u8], into: &mut Vec<u8>, most_bytes: usize) -> Result<(), Unpackable> {
    let stated = decompress_len(packed).map_err(|_| Unpackable::Malformed)?;
    if stated > most_bytes {
        return Err(Unpackable::TooLarge { most_bytes });
    }
    // A length is only a number: no memory is taken for one that cannot be.
    if stated > packed.len().saturating_mul(MOST_GROWTH) {
        return Err(Unpackable::Malformed);
    }
    let begin = into.len();
    into.resize(begin + stated, 0);
    let place = into.get_mut(begin..).unwrap_or_default();
    match Decoder::new().decompress(packed, place) {
        Ok(length) if length == stated => Ok(()),
        Ok(_) | Err(_) => Err(Unpackable::Malformed),
    }
}
