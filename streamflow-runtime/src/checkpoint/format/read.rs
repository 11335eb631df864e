//! Reads a checkpoint from bytes that may hold anything: no panic, and no allocation that the
//! bytes at hand do not account for.

use std::fmt;

use super::{
    END, JOB, KIND_FILE, KIND_SEQUENCE, KIND_TOPIC, MAGIC, NO_GROUP, OLDEST, POSITIONS, STATE,
    VERSION,
};
use crate::checkpoint::{Checkpoint, Position, StateImage, StatePart};
use crate::source::{PartitionKind, PartitionName};

/// Why bytes are not a checkpoint that this build can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// Bytes are missing, changed or too many; says which.
    Broken(String),
    /// The file is whole, but of a newer format version.
    Version(u32),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::Broken(reason) => f.write_str(reason),
            Damage::Version(version) => {
                write!(
                    f,
                    "its format version is {version}; this build reads {VERSION}"
                )
            }
        }
    }
}

impl std::error::Error for Damage {}

/// Reads a checkpoint. Every byte of it is covered by a checksum.
pub fn read(file: &[u8]) -> Result<Checkpoint, Damage> {
    let mut rest = Bytes {
        bytes: file,
        within: "its first line",
    };
    let version = preamble(&mut rest)?;

    let mut body = section(&mut rest, JOB, "the job section")?;
    let job = body.text()?;
    let epoch = u64::from_le_bytes(body.array()?);
    let taken_at_ms = i64::from_le_bytes(body.array()?);
    let n_states = u32::from_le_bytes(body.array()?);
    body.is_used_up()?;

    let mut body = section(&mut rest, POSITIONS, "the positions")?;
    let n_positions = u32::from_le_bytes(body.array()?);
    // Vectors grow as bytes are found for them: the counts are only as good as the file.
    let mut positions = Vec::new();
    for _ in 0..n_positions {
        positions.push(position(&mut body)?);
    }
    body.is_used_up()?;

    let mut states = Vec::new();
    for _ in 0..n_states {
        let mut body = section(&mut rest, STATE, "a state")?;
        states.push(state(&mut body, version)?);
        body.is_used_up()?;
    }

    let file_crc = crc32c::crc32c(&file[..file.len() - rest.bytes.len()]);
    let mut body = section(&mut rest, END, "the end section")?;
    if u32::from_le_bytes(body.array()?) != file_crc {
        return Err(broken("the checksum of the file does not match"));
    }
    body.is_used_up()?;
    if !rest.bytes.is_empty() {
        return Err(broken("it goes on behind its end"));
    }
    Ok(Checkpoint {
        job,
        epoch,
        taken_at_ms,
        positions,
        states,
    })
}

/// Checks the version apart from the rest: what follows may have changed with it. Gives it.
fn preamble(rest: &mut Bytes<'_>) -> Result<u32, Damage> {
    let head: [u8; 12] = rest.array()?;
    let crc = u32::from_le_bytes(rest.array()?);
    if head[..8] != MAGIC {
        return Err(broken("it does not begin as a checkpoint does"));
    }
    if crc != crc32c::crc32c(&head) {
        return Err(broken("the checksum of its first line does not match"));
    }
    match u32::from_le_bytes([head[8], head[9], head[10], head[11]]) {
        version @ OLDEST..=VERSION => Ok(version),
        version => Err(Damage::Version(version)),
    }
}

/// The body of the next section, which must be a `tag`.
fn section<'f>(rest: &mut Bytes<'f>, tag: u32, within: &'static str) -> Result<Bytes<'f>, Damage> {
    rest.within = within;
    let begin = rest.bytes;
    let found = u32::from_le_bytes(rest.array()?);
    let length = u64::from_le_bytes(rest.array()?);
    let body = rest.take(length)?;
    let covered = begin.len() - rest.bytes.len();
    let crc = u32::from_le_bytes(rest.array()?);
    if crc != crc32c::crc32c(&begin[..covered]) {
        return Err(broken(format!("the checksum of {within} does not match")));
    }
    if found != tag {
        return Err(broken(format!(
            "section {found} stands where {within} should"
        )));
    }
    Ok(Bytes {
        bytes: body,
        within,
    })
}

fn position(body: &mut Bytes<'_>) -> Result<Position, Damage> {
    let source = body.text()?;
    let topic = body.text()?.into();
    let partition = i32::from_le_bytes(body.array()?);
    let [kind] = body.array()?;
    let kind = match kind {
        KIND_TOPIC => PartitionKind::Topic,
        KIND_FILE => PartitionKind::File,
        KIND_SEQUENCE => PartitionKind::Sequence,
        other => return Err(broken(format!("{other} is no kind of partition"))),
    };
    let next_offset = i64::from_le_bytes(body.array()?);
    Ok(Position {
        source,
        partition: PartitionName {
            topic,
            partition,
            kind,
        },
        next_offset,
    })
}

fn state(body: &mut Bytes<'_>, version: u32) -> Result<StateImage, Damage> {
    let name = body.text()?;
    let layout = body.text()?;
    let n_parts = u32::from_le_bytes(body.array()?);
    let mut parts = Vec::new();
    for _ in 0..n_parts {
        let group = if version == 1 {
            None
        } else {
            group(u16::from_le_bytes(body.array()?))?
        };
        let length = u64::from_le_bytes(body.array()?);
        let bytes = body.take(length)?.to_vec();
        parts.push(StatePart { group, bytes });
    }
    Ok(StateImage {
        name,
        layout,
        parts,
    })
}

fn group(number: u16) -> Result<Option<u8>, Damage> {
    match u8::try_from(number) {
        Ok(group) => Ok(Some(group)),
        Err(_) if number == NO_GROUP => Ok(None),
        Err(_) => Err(broken(format!("{number} is no key group"))),
    }
}

fn broken(reason: impl Into<String>) -> Damage {
    Damage::Broken(reason.into())
}

/// Bytes not yet read, and what they belong to.
struct Bytes<'f> {
    bytes: &'f [u8],
    within: &'static str,
}

impl<'f> Bytes<'f> {
    fn take(&mut self, length: u64) -> Result<&'f [u8], Damage> {
        let taken = usize::try_from(length)
            .ok()
            .and_then(|length| self.bytes.split_at_checked(length))
            .ok_or_else(|| broken(format!("it ends within {}", self.within)))?;
        self.bytes = taken.1;
        Ok(taken.0)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let (array, rest) = self
            .bytes
            .split_first_chunk()
            .ok_or_else(|| broken(format!("it ends within {}", self.within)))?;
        self.bytes = rest;
        Ok(*array)
    }

    fn text(&mut self) -> Result<String, Damage> {
        let length = u32::from_le_bytes(self.array()?);
        let bytes = self.take(u64::from(length))?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(broken(format!("a name in {} is not UTF-8", self.within))),
        }
    }

    fn is_used_up(&self) -> Result<(), Damage> {
        if self.bytes.is_empty() {
            Ok(())
        } else {
            Err(broken(format!("{} holds more than it should", self.within)))
        }
    }
}
