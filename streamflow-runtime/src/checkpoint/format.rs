//! The bytes of a checkpoint: written in one pass, read back with every byte checked.
//!
//! All numbers are little-endian; a text is a `u32` length and UTF-8.
//!
//! ```text
//! file    := "SFLOWCKP" version:u32 crc:u32  job  positions  state*  end
//! section := tag:u32 length:u64 body[length] crc:u32      // crc covers tag, length and body
//! job       (1) := name:text epoch:u64 taken_at_ms:i64 n_states:u32
//! positions (2) := n:u32 { source:text topic:text partition:i32 kind:u8 next_offset:i64 }
//! state     (3) := name:text layout:text n_parts:u32 { group:u16 length:u64 bytes }
//! end       (4) := crc:u32                                // of everything before this section
//! ```
//!
//! A `group` is the number of a key group, or 65535 where a part is not of one group alone.
//! Checksums are CRC-32C: they find damage, not malice.
//!
//! Version 1, which is read too, had parts without a `group`.

mod read;
mod write;

pub use read::{Damage, read};
pub use write::write;

const MAGIC: [u8; 8] = *b"SFLOWCKP";
/// Raised when a reader of the version before could not make sense of a file.
const VERSION: u32 = 2;
/// The oldest version that is read.
const OLDEST: u32 = 1;

/// The group of a part that is not of one group alone.
const NO_GROUP: u16 = u16::MAX;

const JOB: u32 = 1;
const POSITIONS: u32 = 2;
const STATE: u32 = 3;
const END: u32 = 4;

const KIND_TOPIC: u8 = 0;
const KIND_FILE: u8 = 1;
const KIND_SEQUENCE: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Checkpoint, Position, StateImage, StatePart};
    use crate::source::{PartitionKind, PartitionName};

    fn checkpoint() -> Checkpoint {
        let position = |topic: &str, kind, next_offset| Position {
            source: format!("kafka({topic:?})"),
            partition: PartitionName {
                topic: topic.into(),
                partition: 3,
                kind,
            },
            next_offset,
        };
        Checkpoint {
            job: "user_access".into(),
            epoch: 7,
            taken_at_ms: 1_795_496_400_000,
            positions: vec![
                position("clicks", PartitionKind::Topic, 81_177),
                position("/var/log/x", PartitionKind::File, 0),
                position("stdin", PartitionKind::Sequence, i64::MAX),
            ],
            states: vec![
                StateImage {
                    name: "counts".into(),
                    layout: "keyed str -> u64".into(),
                    parts: vec![
                        part(Some(0), &[1, 2, 3]),
                        part(Some(255), &[]),
                        part(None, &[255; 40]),
                    ],
                },
                StateImage {
                    name: "empty".into(),
                    layout: String::new(),
                    parts: vec![],
                },
            ],
        }
    }

    fn part(group: Option<u8>, bytes: &[u8]) -> StatePart {
        let bytes = bytes.to_vec();
        StatePart { group, bytes }
    }

    fn bytes(checkpoint: &Checkpoint) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(checkpoint, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_is_written_is_read_back() {
        let checkpoint = checkpoint();
        assert_eq!(read(&bytes(&checkpoint)), Ok(checkpoint));
    }

    #[test]
    fn checkpoint_of_version_1_is_read() {
        // Written by the last build of version 1.
        let file = include_bytes!("format/version_1.ck");
        let mut expected = checkpoint();
        expected.states[0].parts = vec![part(None, &[1, 2, 3]), part(None, &[9])];
        assert_eq!(read(file), Ok(expected));
    }

    #[test]
    fn group_that_does_not_exist_is_found() {
        let checkpoint = checkpoint();
        let mut bad = bytes(&checkpoint);
        let group = bad.windows(3).position(|bytes| bytes == [1, 2, 3]);
        let group = group.expect("the first part") - 10;
        bad[group..group + 2].copy_from_slice(&300_u16.to_le_bytes());
        // The checksums of the section and of the file are those of the bytes as they are now.
        let head = section_of(&bad, STATE);
        let crc = crc32c::crc32c(&bad[head.clone()]);
        bad[head.end..head.end + 4].copy_from_slice(&crc.to_le_bytes());
        let damage = read(&bad).expect_err("there is no such group");
        assert_eq!(damage.to_string(), "300 is no key group");
    }

    /// Where the first section of a kind stands, without its checksum.
    fn section_of(file: &[u8], tag: u32) -> std::ops::Range<usize> {
        let mut at = 16;
        loop {
            let found = u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
            let length = u64::from_le_bytes(file[at + 4..at + 12].try_into().unwrap());
            let end = at + 12 + usize::try_from(length).unwrap();
            if found == tag {
                return at..end;
            }
            at = end + 4;
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let good = bytes(&checkpoint());
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                assert!(
                    matches!(read(&bad), Err(Damage::Broken(_))),
                    "bit {bit} of byte {at} was flipped unseen"
                );
            }
        }
    }

    #[test]
    fn every_truncation_is_found() {
        let good = bytes(&checkpoint());
        for length in 0..good.len() {
            assert!(
                matches!(read(&good[..length]), Err(Damage::Broken(_))),
                "cut at {length}"
            );
        }
    }

    #[test]
    fn bytes_behind_the_end_are_found() {
        let mut bad = bytes(&checkpoint());
        bad.push(0);
        assert_eq!(
            read(&bad),
            Err(Damage::Broken("it goes on behind its end".into()))
        );
    }

    #[test]
    fn newer_version_is_told_from_damage() {
        let mut newer = bytes(&checkpoint());
        newer[8..12].copy_from_slice(&(VERSION + 1).to_le_bytes());
        let crc = crc32c::crc32c(&newer[..12]);
        newer[12..16].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(read(&newer), Err(Damage::Version(VERSION + 1)));
    }

    #[test]
    fn absurd_counts_behind_valid_checksums_neither_panic_nor_allocate() {
        // A job section that announces u32::MAX states, and a body cut after its name.
        for body_length in [0, 4, 15, 35] {
            let mut bad = bytes(&checkpoint())[..16].to_vec();
            let mut section = JOB.to_le_bytes().to_vec();
            let mut body = 11_u32.to_le_bytes().to_vec();
            body.extend(b"user_access");
            body.extend([255; 20]);
            body.truncate(body_length);
            section.extend((body.len() as u64).to_le_bytes());
            section.extend(body);
            let crc = crc32c::crc32c(&section);
            section.extend(crc.to_le_bytes());
            bad.extend(section);
            assert!(matches!(read(&bad), Err(Damage::Broken(_))));
        }
    }

    #[test]
    fn noise_is_refused_without_panic() {
        // A small generator, so that the noise is the same in every run.
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        for length in 0..512 {
            let mut noise: Vec<u8> = MAGIC.to_vec();
            for _ in 0..length {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                noise.push(seed.to_le_bytes()[0]);
            }
            assert!(read(&noise).is_err());
        }
    }
}
