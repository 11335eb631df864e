//! Zig-zag varints, in which a record writes its numbers, and the byte strings that follow one.

/// The bytes of a record do not have the layout of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

/// The number that `bytes` begins with, and steps over it.
///
/// Nearly all numbers of a record take one byte or two; those stay in the caller's loop.
#[inline]
pub(super) fn take(bytes: &mut &[u8]) -> Result<i64, Broken> {
    match *bytes {
        [low, rest @ ..] if *low < 0x80 => {
            *bytes = rest;
            Ok(zigzag(u64::from(*low)))
        }
        [low, high, rest @ ..] if *high < 0x80 => {
            *bytes = rest;
            Ok(zigzag(u64::from(*low & 0x7f) | u64::from(*high) << 7))
        }
        _ => take_long(bytes),
    }
}

#[inline(never)]
fn take_long(bytes: &mut &[u8]) -> Result<i64, Broken> {
    let mut raw = 0;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        // The tenth byte has room for one bit.
        if at == 9 && *byte > 1 {
            return Err(Broken);
        }
        raw |= u64::from(*byte & 0x7f) << (7 * at);
        if *byte < 0x80 {
            *bytes = bytes.get(at + 1..).unwrap_or_default();
            return Ok(zigzag(raw));
        }
    }
    Err(Broken)
}

/// The byte string that `bytes` begins with, and steps over it; `None` is a null.
#[inline]
pub(super) fn take_bytes<'b>(bytes: &mut &'b [u8]) -> Result<Option<&'b [u8]>, Broken> {
    let length = take(bytes)?;
    match usize::try_from(length) {
        Ok(length) => {
            let (taken, rest) = bytes.split_at_checked(length).ok_or(Broken)?;
            *bytes = rest;
            Ok(Some(taken))
        }
        Err(_) if length == -1 => Ok(None),
        Err(_) => Err(Broken),
    }
}

#[inline]
fn zigzag(raw: u64) -> i64 {
    (raw >> 1).cast_signed() ^ -(raw & 1).cast_signed()
}

/// Writes a number.
pub(super) fn put(out: &mut Vec<u8>, number: i64) {
    let mut raw = ((number << 1) ^ (number >> 63)).cast_unsigned();
    while raw >= 0x80 {
        out.push(low_byte(raw) | 0x80);
        raw >>= 7;
    }
    out.push(low_byte(raw));
}

fn low_byte(raw: u64) -> u8 {
    let [low, ..] = raw.to_le_bytes();
    low
}

/// How many bytes a number takes.
pub(super) fn size(number: i64) -> usize {
    let raw = ((number << 1) ^ (number >> 63)).cast_unsigned();
    (64 - (raw | 1).leading_zeros() as usize).div_ceil(7)
}

/// Writes a byte string.
pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    put(out, length(bytes));
    out.extend_from_slice(bytes.unwrap_or_default());
}

/// How many bytes a byte string takes.
pub(super) fn size_of_bytes(bytes: Option<&[u8]>) -> usize {
    size(length(bytes)) + bytes.map_or(0, <[u8]>::len)
}

fn length(bytes: Option<&[u8]>) -> i64 {
    bytes.map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_come_back() {
        let mut written = Vec::new();
        let edges =
            (0..63).flat_map(|bit| [(1 << bit) - 1, 1 << bit, -(1 << bit), -(1 << bit) - 1]);
        for number in edges.chain([0, i64::MAX, i64::MIN]) {
            written.clear();
            put(&mut written, number);
            assert_eq!(written.len(), size(number), "{number}");
            let mut rest = &written[..];
            assert_eq!(take(&mut rest), Ok(number));
            assert!(rest.is_empty());
            assert_eq!(
                take(&mut &written[..written.len() - 1]),
                Err(Broken),
                "{number}"
            );
        }
    }

    #[test]
    fn small_numbers_alternate_in_sign() {
        for (number, byte) in [(0, 0), (-1, 1), (1, 2), (-64, 0x7f)] {
            let mut written = Vec::new();
            put(&mut written, number);
            assert_eq!(written, [byte]);
        }
        let mut written = Vec::new();
        put(&mut written, 150);
        assert_eq!(written, [0xac, 0x02]);
    }

    #[test]
    fn number_that_does_not_end_is_broken() {
        assert_eq!(take(&mut &[0xff; 12][..]), Err(Broken));
        assert_eq!(take(&mut &[][..]), Err(Broken));
    }

    #[test]
    fn byte_string_longer_than_what_is_left_is_broken() {
        assert_eq!(take_bytes(&mut &[4, b'a'][..]), Err(Broken));
        assert_eq!(
            take_bytes(&mut &[3, b'a'][..]),
            Err(Broken),
            "a length of -2"
        );
        assert_eq!(take_bytes(&mut &[1][..]), Ok(None));
        assert_eq!(take_bytes(&mut &[2, b'a'][..]), Ok(Some(&b"a"[..])));
    }
}
