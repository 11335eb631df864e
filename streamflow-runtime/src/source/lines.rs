//! Splits blocks of bytes into lines, each a record.

mod feed;
#[cfg(test)]
pub(in crate::source) mod opener;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use memchr::{memchr, memrchr};

use crate::error::{Code, Error};
use crate::record::Record;
use crate::source::PartitionName;

pub(crate) use feed::FedReader;
pub(in crate::source) use feed::Input;

/// The longest line that is read, its end included.
pub(in crate::source) const LONGEST_LINE_BYTES: usize = 64 << 20;

/// The lines of a block, as records without their line ends.
#[derive(Debug, Clone)]
pub struct Lines<'r> {
    name: &'r str,
    text: &'r [u8],
    next_offset: i64,
    offsets: Offsets,
}

/// What the offset of a line counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Offsets {
    /// The lines in front of it.
    Lines,
    /// The bytes in front of it.
    Bytes,
}

impl<'r> Lines<'r> {
    /// The lines of `text`, whose first has `offset`. A last line may lack its end.
    pub(in crate::source) fn new(
        name: &'r str,
        text: &'r [u8],
        offset: i64,
        offsets: Offsets,
    ) -> Self {
        Lines {
            name,
            text,
            next_offset: offset,
            offsets,
        }
    }
}

impl<'r> Iterator for Lines<'r> {
    type Item = (i64, Record<'r>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.text.is_empty() {
            return None;
        }
        let whole = memchr(b'\n', self.text).map_or(self.text.len(), |end| end + 1);
        let (line, rest) = self.text.split_at(whole);
        let offset = self.next_offset;
        self.next_offset += match self.offsets {
            Offsets::Lines => 1,
            Offsets::Bytes => offset_of(whole),
        };
        self.text = rest;
        Some((
            offset,
            Record::of_value(self.name, offset, without_end(line)),
        ))
    }
}

/// A line without `\n` or `\r\n`. A `\r` at the end of the input is not a line end.
#[inline]
fn without_end(line: &[u8]) -> &[u8] {
    match line.strip_suffix(b"\n") {
        Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
        None => line,
    }
}

/// A count of bytes or lines as an offset.
#[inline]
pub(in crate::source) fn offset_of(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Where the last whole line of the first `len` bytes of a file ends.
pub(crate) fn end_of_last_line(file: &File, len: u64) -> io::Result<u64> {
    const BLOCK_BYTES: u64 = 64 << 10;
    let mut buffer = Vec::new();
    let mut end = len;
    while end > 0 {
        let start = end.saturating_sub(BLOCK_BYTES);
        buffer.resize(usize::try_from(end - start).unwrap_or(0), 0);
        file.read_exact_at(&mut buffer, start)?;
        if let Some(last) = memrchr(b'\n', &buffer) {
            return Ok(start + last as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// A line that begins at `offset` does not end where a line must.
pub(in crate::source) fn too_long(name: &PartitionName, offset: i64) -> Error {
    Error::new(
        Code::UndecodableRecord,
        format!("a line is longer than {} MiB", LONGEST_LINE_BYTES >> 20),
    )
    .at(name.place(offset))
    .help("every record stands on a line of its own: mend the input")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn split(text: &[u8], offsets: Offsets) -> Vec<(i64, &[u8])> {
        Lines::new("name", text, 10, offsets)
            .map(|(offset, record)| (offset, record.value.unwrap()))
            .collect()
    }

    #[test]
    fn both_kinds_of_line_end_are_left_out() {
        let expected: [(i64, &[u8]); 3] = [(10, b"a"), (11, b"b\rc"), (12, b"")];
        assert_eq!(split(b"a\nb\rc\r\n\n", Offsets::Lines), expected);
    }

    #[test]
    fn last_line_may_lack_its_end() {
        let expected: [(i64, &[u8]); 2] = [(10, b"ab"), (13, b"c\r")];
        assert_eq!(split(b"ab\nc\r", Offsets::Bytes), expected);
    }

    #[test]
    fn offsets_in_bytes_count_the_line_ends() {
        let expected: [(i64, &[u8]); 3] = [(10, b"a"), (13, b""), (14, b"b")];
        assert_eq!(split(b"a\r\n\nb\n", Offsets::Bytes), expected);
    }

    #[test]
    fn end_of_the_last_line_is_found_across_blocks() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"a\n").unwrap();
        file.write_all(&vec![b'x'; 200_000]).unwrap();
        assert_eq!(end_of_last_line(&file, 200_002).unwrap(), 2);
        assert_eq!(end_of_last_line(&file, 1).unwrap(), 0);
        assert_eq!(end_of_last_line(&file, 0).unwrap(), 0);
    }
}
