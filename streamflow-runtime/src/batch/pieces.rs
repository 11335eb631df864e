//! Goes through the batches of one partition as a broker returned them, and gives them out in
//! pieces that can be walked: checked, unpacked, without what was aborted.

use std::ops::Range;

use super::check::{Checked, Damage, Fault, Whole, compression_name, whole_first};
use super::compression::Codecs;
use super::header::{HEADER_BYTES, Header};
use super::transactions::{Aborted, Transactions};

/// About how many bytes a piece has: they are checked, or unpacked, and then walked, and should
/// still be in the cache of the core by then.
const PIECE_BYTES: usize = 256 << 10;

/// How much memory is kept from one piece to the next.
const KEPT_BYTES: usize = 16 << 20;

/// The batches of one partition in one response, from the first to the last.
///
/// ```text
/// plain plain │ aborted │ gzip gzip │ plain mark plain
///    piece    │  piece  │   piece   │     piece          a piece is of one kind
/// ```
#[derive(Debug)]
pub struct Pieces {
    /// How many bytes have been given out.
    at: usize,
    /// The offset behind them.
    after: Option<i64>,
    transactions: Transactions,
}

/// Batches in a row that can be walked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    kind: Kind,
    /// Where they lie in what was fetched.
    place: Range<usize>,
    /// The offset behind them.
    pub next_offset: i64,
}

impl Piece {
    /// The batches: in `bytes`, where they were found, or in `unpacked`. There are none where all
    /// of them were aborted.
    pub fn batches<'r>(&self, bytes: &'r [u8], unpacked: &'r Unpacked) -> Checked<'r> {
        let stretch = match self.kind {
            Kind::Plain => bytes.get(self.place.clone()).unwrap_or_default(),
            Kind::Packed => &unpacked.bytes,
            Kind::Aborted => &[],
        };
        Checked::in_a_row(stretch, self.next_offset)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Records as they are, or marks of transactions.
    Plain,
    Packed,
    Aborted,
}

impl Pieces {
    /// Begins at the first batch.
    pub fn new(aborted: Vec<Aborted>) -> Self {
        Pieces {
            at: 0,
            after: None,
            transactions: Transactions::new(aborted),
        }
    }

    /// The next piece of `bytes`, which must be the same in every call; `None` behind the last.
    ///
    /// What was compressed is in `unpacked` until the next call.
    pub fn next(&mut self, bytes: &[u8], unpacked: &mut Unpacked) -> Result<Option<Piece>, Damage> {
        let begin = self.at;
        let Some(kind) = self.kind(bytes) else {
            return Ok(None);
        };
        unpacked.clear();
        loop {
            let taken = match self.step(kind, bytes, unpacked) {
                Ok(()) if kind == Kind::Packed => unpacked.bytes.len(),
                Ok(()) => self.at - begin,
                Err(damage) if self.at == begin => return Err(damage),
                // What is in front of it is whole: the damage is met again, as the next piece.
                Err(_) => break,
            };
            if taken >= PIECE_BYTES || self.kind(bytes) != Some(kind) {
                break;
            }
        }
        Ok(Some(Piece {
            kind,
            place: begin..self.at,
            next_offset: self.after.unwrap_or(0),
        }))
    }

    /// The kind of the next batch, by its header, which has not been checked yet.
    fn kind(&mut self, bytes: &[u8]) -> Option<Kind> {
        let rest = bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let Some((header, ..)) = Header::split(rest) else {
            // To be met as damage.
            return Some(Kind::Plain);
        };
        Some(if self.transactions.aborted(&header) {
            Kind::Aborted
        } else if header.compression() != 0 {
            Kind::Packed
        } else {
            Kind::Plain
        })
    }

    /// Checks the next batch, unpacks it if it is packed, and goes over it.
    fn step(&mut self, kind: Kind, bytes: &[u8], unpacked: &mut Unpacked) -> Result<(), Damage> {
        let rest = bytes.get(self.at..).unwrap_or_default();
        let Whole { header, batch } = whole_first(rest, self.after)?;
        if kind == Kind::Packed {
            unpacked.add(header, batch)?;
        }
        if header.is_control() {
            let records = batch.get(HEADER_BYTES..).unwrap_or_default();
            let passed = self.transactions.pass_mark(&header, records);
            passed.map_err(|_| Damage {
                base_offset: Some(header.base_offset),
                fault: Fault::Mark,
            })?;
        }
        self.at += batch.len();
        self.after = header.next_offset();
        Ok(())
    }
}

/// Batches whose records were compressed, as if they never had been. The memory is used again and
/// again.
#[derive(Debug, Default)]
pub struct Unpacked {
    pub(super) bytes: Vec<u8>,
    codecs: Codecs,
}

impl Unpacked {
    /// Forgets the last piece, and gives the memory back that only a batch of unusual size needed.
    fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
    }

    /// Appends a batch; as before if it cannot be unpacked.
    fn add(&mut self, header: Header, batch: &[u8]) -> Result<(), Damage> {
        let begin = self.bytes.len();
        let added = self.append(header, batch);
        if added.is_err() {
            self.bytes.truncate(begin);
        }
        added.map_err(|fault| Damage {
            base_offset: Some(header.base_offset),
            fault,
        })
    }

    fn append(&mut self, header: Header, batch: &[u8]) -> Result<(), Fault> {
        let compression = header.compression();
        let begin = self.bytes.len();
        self.bytes.resize(begin + HEADER_BYTES, 0);
        let packed = batch.get(HEADER_BYTES..).unwrap_or_default();
        self.codecs
            .unpack(compression, packed, &mut self.bytes)
            .map_err(|why| Fault::Unpacking {
                codec: compression_name(compression),
                why,
            })?;
        let records_bytes = self.bytes.len() - begin - HEADER_BYTES;
        let header = header.of_unpacked(records_bytes).ok_or(Fault::Header)?;
        if let Some(place) = self.bytes.get_mut(begin..begin + HEADER_BYTES) {
            place.copy_from_slice(&header.to_bytes());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
