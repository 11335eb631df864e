//! Reads and writes the numbers, texts and lists that messages of the Kafka protocol consist of.
//!
//! Reading takes nothing on trust: no length or count reserves memory before the bytes that it
//! speaks of are there.

use std::fmt;
use std::ops::Range;

/// A message does not have the layout of its kind and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed {
    /// The byte at which it no longer made sense.
    at: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it makes no sense at byte {}", self.at)
    }
}

/// A message that is read from its front to its end.
#[derive(Debug, Clone)]
pub(super) struct Input<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Input<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Input { bytes, at: 0 }
    }

    fn malformed(&self) -> Malformed {
        Malformed { at: self.at }
    }

    fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let found = self.rest().first_chunk().ok_or_else(|| self.malformed())?;
        self.at += N;
        Ok(*found)
    }

    pub(super) fn bool(&mut self) -> Result<bool, Malformed> {
        Ok(self.array::<1>()? != [0])
    }

    pub(super) fn i16(&mut self) -> Result<i16, Malformed> {
        self.array().map(i16::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Malformed> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64, Malformed> {
        self.array().map(i64::from_be_bytes)
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], Malformed> {
        let taken = self.rest().get(..length).ok_or_else(|| self.malformed())?;
        self.at += length;
        Ok(taken)
    }

    pub(super) fn text(&mut self) -> Result<&'b str, Malformed> {
        self.nullable_text()?.ok_or_else(|| self.malformed())
    }

    pub(super) fn nullable_text(&mut self) -> Result<Option<&'b str>, Malformed> {
        let at = self.at;
        match self.i16()? {
            -1 => Ok(None),
            length => {
                let length = usize::try_from(length).map_err(|_| Malformed { at })?;
                let text = std::str::from_utf8(self.take(length)?);
                text.map(Some).map_err(|_| Malformed { at })
            }
        }
    }

    /// Where in the message a byte string lies; a null is an empty one.
    pub(super) fn place_of_bytes(&mut self) -> Result<Range<usize>, Malformed> {
        let at = self.at;
        let length = match self.i32()? {
            -1 => 0,
            length => usize::try_from(length).map_err(|_| Malformed { at })?,
        };
        let start = self.at;
        self.take(length)?;
        Ok(start..self.at)
    }

    /// How many elements a list has, each of at least `least_bytes`; a null is an empty one.
    pub(super) fn count(&mut self, least_bytes: usize) -> Result<usize, Malformed> {
        let at = self.at;
        let count = match self.i32()? {
            -1 => 0,
            count => usize::try_from(count).map_err(|_| Malformed { at })?,
        };
        let needed = count.checked_mul(least_bytes);
        if needed.is_none_or(|needed| needed > self.rest().len()) {
            return Err(Malformed { at });
        }
        Ok(count)
    }

    /// Begins a list that has one element.
    pub(super) fn exactly_one(&mut self) -> Result<(), Malformed> {
        let at = self.at;
        match self.count(1)? {
            1 => Ok(()),
            _ => Err(Malformed { at }),
        }
    }

    /// Steps over a list of numbers.
    pub(super) fn skip_i32s(&mut self) -> Result<(), Malformed> {
        let count = self.count(4)?;
        self.take(count * 4).map(drop)
    }

    pub(super) fn end(&self) -> Result<(), Malformed> {
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(self.malformed())
        }
    }
}

/// A message that is written from its front to its end.
#[derive(Debug, Default)]
pub(super) struct Output {
    bytes: Vec<u8>,
}

impl Output {
    /// An empty message in memory that was used before.
    pub(super) fn reusing(mut bytes: Vec<u8>) -> Self {
        bytes.clear();
        Output { bytes }
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.bytes.push(u8::from(value));
    }

    pub(super) fn i8(&mut self, number: i8) {
        self.bytes.extend_from_slice(&number.to_be_bytes());
    }

    pub(super) fn i16(&mut self, number: i16) {
        self.bytes.extend_from_slice(&number.to_be_bytes());
    }

    pub(super) fn i32(&mut self, number: i32) {
        self.bytes.extend_from_slice(&number.to_be_bytes());
    }

    pub(super) fn i64(&mut self, number: i64) {
        self.bytes.extend_from_slice(&number.to_be_bytes());
    }

    /// A text of at most 32,767 bytes, as all names of Kafka are; a longer one is cut, and the
    /// broker does not know the name.
    pub(super) fn text(&mut self, text: &str) {
        let length = i16::try_from(text.len()).unwrap_or(i16::MAX);
        self.i16(length);
        let bytes = text.as_bytes().iter();
        let cut = bytes.take(usize::from(length.unsigned_abs()));
        self.bytes.extend(cut);
    }

    pub(super) fn null_text(&mut self) {
        self.i16(-1);
    }

    /// A byte string.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn count(&mut self, count: usize) {
        self.i32(i32::try_from(count).unwrap_or(i32::MAX));
    }

    /// How long the message is by now, for [`patch_i32`](Self::patch_i32).
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Writes a number over the four bytes at a place.
    pub(super) fn patch_i32(&mut self, at: usize, number: i32) {
        if let Some(place) = self.bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            *place = number.to_be_bytes();
        }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let mut out = Output::default();
        out.i16(-2);
        out.i32(70_000);
        out.i64(i64::MIN);
        out.bool(true);
        out.text("häuser");
        out.count(2);
        out.i32(1);
        out.i32(2);
        let bytes = out.into_bytes();
        let mut input = Input::new(&bytes);
        assert_eq!(input.i16(), Ok(-2));
        assert_eq!(input.i32(), Ok(70_000));
        assert_eq!(input.i64(), Ok(i64::MIN));
        assert_eq!(input.bool(), Ok(true));
        assert_eq!(input.text(), Ok("häuser"));
        assert!(input.end().is_err());
        assert_eq!(input.skip_i32s(), Ok(()));
        assert_eq!(input.end(), Ok(()));
    }

    #[test]
    fn lengths_that_speak_of_more_than_there_is_are_refused() {
        assert_eq!(Input::new(&[0, 5, b'a']).text(), Err(Malformed { at: 2 }));
        assert_eq!(Input::new(&[0xff, 0xfe]).text(), Err(Malformed { at: 0 }));
        assert_eq!(Input::new(&[0, 1, 0xff]).text(), Err(Malformed { at: 0 }));
        let long = [0x7f, 0xff, 0xff, 0xff, 0];
        assert!(Input::new(&long).place_of_bytes().is_err());
        assert!(Input::new(&long).count(1).is_err());
        assert!(Input::new(&long).count(usize::MAX).is_err());
        assert!(Input::new(&[0x80, 0, 0, 0]).count(0).is_err());
    }

    #[test]
    fn null_is_told_from_empty_where_it_matters() {
        assert_eq!(Input::new(&[0xff, 0xff]).nullable_text(), Ok(None));
        assert_eq!(Input::new(&[0, 0]).nullable_text(), Ok(Some("")));
        assert_eq!(Input::new(&[0xff; 4]).place_of_bytes(), Ok(4..4));
        assert_eq!(Input::new(&[0xff; 4]).count(8), Ok(0));
    }
}
