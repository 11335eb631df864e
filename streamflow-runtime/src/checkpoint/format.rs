//! The bytes of a checkpoint: written in one pass, read back with every byte checked.
//!
//! All numbers are little-endian; a text is a `u32` length and UTF-8.
//!
//! ```text
//! file    := "SFLOWCKP" version:u32 crc:u32  job  positions  state*  end
//! section := tag:u32 length:u64 body[length] crc:u32      // crc covers tag, length and body
//! job       (1) := name:text epoch:u64 taken_at_ms:i64 n_states:u32
//! positions (2) := n:u32 { source:text topic:text partition:i32 kind:u8 next_offset:i64 }
//! state     (3) := name:text layout:text n_parts:u32 { length:u64 bytes }
//! end       (4) := crc:u32                                // of everything before this section
//! ```
//!
//! Checksums are CRC-32C: they find damage, not malice.

mod read;
mod write;

pub use read::{Damage, read};
pub use write::write;

const MAGIC: [u8; 8] = *b"SFLOWCKP";
/// Raised when a reader of the version before could not make sense of a file.
const VERSION: u32 = 1;

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
    use crate::checkpoint::{Checkpoint, Position, StateImage};
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
                    parts: vec![vec![1, 2, 3], vec![], vec![255; 40]],
                },
                StateImage {
                    name: "empty".into(),
                    layout: String::new(),
                    parts: vec![],
                },
            ],
        }
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
