//! Writes a checkpoint section by section, without a second copy of the state.

use std::io::{self, Write};

use super::{
    END, JOB, KIND_FILE, KIND_SEQUENCE, KIND_TOPIC, MAGIC, NO_GROUP, POSITIONS, STATE, VERSION,
};
use crate::checkpoint::{Checkpoint, StateImage};
use crate::source::PartitionKind;

/// Writes the bytes of a checkpoint. The output is neither flushed nor synchronised.
pub fn write(checkpoint: &Checkpoint, out: &mut impl Write) -> io::Result<()> {
    let mut out = Checked {
        out,
        section_crc: 0,
        file_crc: 0,
    };
    out.put(&MAGIC)?;
    out.put(&VERSION.to_le_bytes())?;
    out.put_section_crc()?;

    let mut body = Vec::new();
    put_text(&mut body, &checkpoint.job)?;
    body.extend(checkpoint.epoch.to_le_bytes());
    body.extend(checkpoint.taken_at_ms.to_le_bytes());
    body.extend(count(checkpoint.states.len())?);
    out.put_section(JOB, &body)?;

    body.clear();
    body.extend(count(checkpoint.positions.len())?);
    for position in &checkpoint.positions {
        put_text(&mut body, &position.source)?;
        put_text(&mut body, &position.partition.topic)?;
        body.extend(position.partition.partition.to_le_bytes());
        body.push(match position.partition.kind {
            PartitionKind::Topic => KIND_TOPIC,
            PartitionKind::File => KIND_FILE,
            PartitionKind::Sequence => KIND_SEQUENCE,
        });
        body.extend(position.next_offset.to_le_bytes());
    }
    out.put_section(POSITIONS, &body)?;

    for state in &checkpoint.states {
        out.put_state(state)?;
    }
    let file_crc = out.file_crc;
    out.put_section(END, &file_crc.to_le_bytes())
}

fn put_text(body: &mut Vec<u8>, text: &str) -> io::Result<()> {
    body.extend(count(text.len())?);
    body.extend(text.as_bytes());
    Ok(())
}

fn count(n: usize) -> io::Result<[u8; 4]> {
    u32::try_from(n)
        .map(u32::to_le_bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a list longer than 2^32"))
}

fn length(n: usize) -> [u8; 8] {
    (n as u64).to_le_bytes()
}

/// An output that adds up the checksums of what goes through it.
struct Checked<'o, W> {
    out: &'o mut W,
    section_crc: u32,
    file_crc: u32,
}

impl<W: Write> Checked<'_, W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.section_crc = crc32c::crc32c_append(self.section_crc, bytes);
        self.file_crc = crc32c::crc32c_append(self.file_crc, bytes);
        self.out.write_all(bytes)
    }

    /// Ends a section with its checksum.
    fn put_section_crc(&mut self) -> io::Result<()> {
        let crc = self.section_crc;
        self.put(&crc.to_le_bytes())?;
        self.section_crc = 0;
        Ok(())
    }

    fn put_section(&mut self, tag: u32, body: &[u8]) -> io::Result<()> {
        self.put(&tag.to_le_bytes())?;
        self.put(&length(body.len()))?;
        self.put(body)?;
        self.put_section_crc()
    }

    /// A state may be most of the process's memory: its parts go out as they are.
    fn put_state(&mut self, state: &StateImage) -> io::Result<()> {
        let mut head = Vec::new();
        put_text(&mut head, &state.name)?;
        put_text(&mut head, &state.layout)?;
        head.extend(count(state.parts.len())?);
        let sizes = state.parts.iter().map(|part| part.bytes.len() + 10);
        let parts_bytes: usize = sizes.sum();
        self.put(&STATE.to_le_bytes())?;
        self.put(&length(head.len() + parts_bytes))?;
        self.put(&head)?;
        for part in &state.parts {
            let group = part.group.map_or(NO_GROUP, u16::from);
            self.put(&group.to_le_bytes())?;
            self.put(&length(part.bytes.len()))?;
            self.put(&part.bytes)?;
        }
        self.put_section_crc()
    }
}
