//! Reads bytes as text without looking at each of them, where all are ASCII.
//!
//! Most records are short and ASCII. The standard library's check is made for long texts: on a
//! record of twenty bytes it takes a quarter of all instructions of a job that counts per user.
#![expect(unsafe_code, reason = "measured: see the benchmark `fused_loop`")]

/// The bytes as text, if all are ASCII. `None` says nothing: they may still be text.
#[inline]
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    if !is_ascii(bytes) {
        return None;
    }
    // SAFETY: every byte is below 0x80, and a string of such bytes is UTF-8.
    Some(unsafe { std::str::from_utf8_unchecked(bytes) })
}

/// Eight bytes at a time; the last eight overlap those in front of them.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let Some(last) = bytes.last_chunk::<8>() else {
        return bytes.iter().all(u8::is_ascii);
    };
    let (words, _rest) = bytes.as_chunks::<8>();
    let gathered = words.iter().fold(u64::from_ne_bytes(*last), |all, word| {
        all | u64::from_ne_bytes(*word)
    });
    gathered & HIGH_BITS == 0
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn ascii_of_every_length_is_text() {
        let line = "user1,/page/1?q=a&b=c|user2,/page/2?q=a&b=c";
        for length in 0..line.len() {
            assert_eq!(text(&line.as_bytes()[..length]), Some(&line[..length]));
        }
    }

    #[test]
    fn one_other_byte_at_any_place_is_found() {
        for length in 1..40 {
            for place in 0..length {
                let mut bytes = vec![b'a'; length];
                bytes[place] = 0x80;
                assert_eq!(text(&bytes), None, "byte {place} of {length}");
            }
        }
    }
}
