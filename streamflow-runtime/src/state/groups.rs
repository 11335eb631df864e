//! Which part of a job's state a key belongs to: one of 256 key groups, by a hash that is the same in
//! every process, on every machine and in every build.
//!
//! A worker owns whole groups, and a checkpoint holds each group as a part of its own: so state is
//! shared out again among any number of workers, and nobody reads what belongs to others.
//!
//! The hash takes what a key feeds to a [`Hasher`], in words of eight bytes:
//!
//! ```text
//! h     := 0x243f6a8885a308d3                             // 64 bits, arithmetic wraps
//! word  := h = rotate_left(h ^ w, 29) * 0x9e3779b97f4a7c15
//! bytes := n bytes are ceil(n / 8) little-endian words, the last filled up with zeros, then n as a word
//! end   := h ^= h >> 32; h *= 0xd6e8feb86659fd93; h ^= h >> 32; h *= 0xd6e8feb86659fd93; h ^= h >> 32
//! group := the highest 8 bits of h
//! ```
//!
//! A whole number is one word, or two from 128 bits on (the low one first), signed ones extended by
//! their sign. A text or bytes of up to 15 bytes are two words: the bytes, zeros, and in the last byte
//! their number; longer bytes are their number as a word, then as `bytes`, and texts are the same.
//! Tuples feed their parts in turn. `Option` is a word of 0 or 1, and then what is in it. A type with
//! `#[derive(streamflow::Key)]` feeds what its `Hash` feeds.

use std::hash::Hasher;

use super::key::KeptKey;

/// How many groups there are.
pub(crate) const GROUPS: usize = 256;

/// The group of a key.
#[inline]
pub(crate) fn group_of(key: &impl KeptKey) -> u8 {
    stable_hash(key).to_be_bytes()[0]
}

/// The hash of a key that is the same in every process.
#[inline]
pub(crate) fn stable_hash(key: &impl KeptKey) -> u64 {
    let mut hasher = StableHasher::default();
    key.hash_kept(&mut hasher);
    hasher.finish()
}

/// The worker that owns a group: each has as many as the others, or one more.
#[inline]
pub(crate) fn owner_of_group(group: u8, workers: usize) -> usize {
    usize::from(group) * workers / GROUPS
}

/// The worker that owns a key.
#[inline]
pub(crate) fn owner(key: &impl KeptKey, workers: usize) -> usize {
    owner_of_group(group_of(key), workers)
}

/// See the top of this file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StableHasher(u64);

impl Default for StableHasher {
    #[inline]
    fn default() -> Self {
        StableHasher(0x243f_6a88_85a3_08d3)
    }
}

impl StableHasher {
    #[inline]
    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word)
            .rotate_left(29)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for StableHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
        self.word(bytes.len() as u64);
    }

    #[inline]
    fn write_u8(&mut self, number: u8) {
        self.word(u64::from(number));
    }

    #[inline]
    fn write_u16(&mut self, number: u16) {
        self.word(u64::from(number));
    }

    #[inline]
    fn write_u32(&mut self, number: u32) {
        self.word(u64::from(number));
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.word(number);
    }

    #[inline]
    fn write_u128(&mut self, number: u128) {
        let [low, high] = halves(number);
        self.word(low);
        self.word(high);
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.word(number as u64);
    }

    #[inline]
    fn write_i8(&mut self, number: i8) {
        self.write_i64(i64::from(number));
    }

    #[inline]
    fn write_i16(&mut self, number: i16) {
        self.write_i64(i64::from(number));
    }

    #[inline]
    fn write_i32(&mut self, number: i32) {
        self.write_i64(i64::from(number));
    }

    #[inline]
    fn write_i64(&mut self, number: i64) {
        self.word(number.cast_unsigned());
    }

    #[inline]
    fn write_i128(&mut self, number: i128) {
        self.write_u128(number.cast_unsigned());
    }

    #[inline]
    fn write_isize(&mut self, number: isize) {
        self.write_i64(number as i64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        const MIX: u64 = 0xd6e8_feb8_6659_fd93;
        let mut hash = self.0;
        hash = (hash ^ (hash >> 32)).wrapping_mul(MIX);
        hash = (hash ^ (hash >> 32)).wrapping_mul(MIX);
        hash ^ (hash >> 32)
    }
}

fn halves(number: u128) -> [u64; 2] {
    let bytes = number.to_le_bytes();
    let half = |at: usize| {
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[at..at + 8]);
        u64::from_le_bytes(word)
    };
    [half(0), half(8)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::key::Key;

    fn hash(key: impl Key) -> u64 {
        stable_hash(&key.keep())
    }

    #[test]
    fn hash_is_what_it_has_always_been() {
        // Other processes, and checkpoints on disk, go by these.
        let known = [
            (hash(0_u64), KNOWN[0]),
            (hash(1_u64), KNOWN[1]),
            (hash(-1_i32), KNOWN[2]),
            (hash(1_u128 << 64), KNOWN[3]),
            (hash(""), KNOWN[4]),
            (hash("user"), KNOWN[5]),
            (hash("a user of more than fifteen bytes"), KNOWN[6]),
            (hash(("user", 7_u32)), KNOWN[7]),
            (hash(Some(true)), KNOWN[8]),
            (hash(b"user".as_slice()), KNOWN[5]),
        ];
        for (at, (found, expected)) in known.into_iter().enumerate() {
            assert_eq!(found, expected, "case {at}: {found:#018x}");
        }
    }

    /// By another program that was written from the description above.
    const KNOWN: [u64; 9] = [
        0x37b1_4b53_0650_c1ee,
        0x341d_1b59_82a2_eafc,
        0x4665_37f3_7615_9b52,
        0xe8d0_3c92_7bba_3863,
        0x5db3_6f2c_57f2_94d9,
        0xb36d_e85b_ae77_cd6a,
        0xdba8_e607_1ff7_aecc,
        0x8a07_905b_d537_c7de,
        0xcb9b_2f45_afb2_3f2c,
    ];

    #[test]
    fn numbers_of_all_widths_are_one_key_apart() {
        assert_eq!(hash(7_u8), hash(7_u64));
        assert_eq!(hash(7_usize), hash(7_u64));
        assert_eq!(hash(-7_i8), hash(-7_i64));
        assert_eq!(hash(-7_isize), hash(-7_i64));
    }

    #[test]
    fn keys_spread_over_all_groups() {
        let mut n_keys = [0_u32; GROUPS];
        for user in 0..25_600_u32 {
            n_keys[usize::from(group_of(&format!("user{user}").keep()))] += 1;
            n_keys[usize::from(group_of(&user))] += 1;
        }
        // 200 each, give or take.
        let (least, most) = (n_keys.iter().min(), n_keys.iter().max());
        assert!(
            least > Some(&130) && most < Some(&270),
            "{least:?} … {most:?}"
        );
    }

    #[test]
    fn each_worker_owns_its_share_of_the_groups() {
        for workers in [1, 2, 3, 4, 7, 256] {
            let mut n_groups = vec![0; workers];
            for group in 0..=255 {
                n_groups[owner_of_group(group, workers)] += 1;
            }
            let fair = GROUPS / workers;
            assert!(n_groups.iter().all(|n| (fair..=fair + 1).contains(n)));
        }
    }
}
