//! Reads a record as it is: as text, as bytes, whole.

use super::formats::{self, Bytes, Text};
use super::{Decode, DecodeError, ascii};
use crate::record::Record;

#[diagnostic::do_not_recommend]
impl<'b> Decode<'b> for Text {
    type Item = &'b str;

    #[inline]
    fn decode(record: Record<'b>) -> Result<&'b str, DecodeError> {
        text(value(&record)?)
    }
}

#[diagnostic::do_not_recommend]
impl<'b> Decode<'b> for Bytes {
    type Item = &'b [u8];

    #[inline]
    fn decode(record: Record<'b>) -> Result<&'b [u8], DecodeError> {
        value(&record)
    }
}

#[diagnostic::do_not_recommend]
impl<'b> Decode<'b> for formats::Record {
    type Item = Record<'b>;

    #[inline]
    fn decode(record: Record<'b>) -> Result<Record<'b>, DecodeError> {
        Ok(record)
    }
}

/// The value, which only `Record` allows to be null.
#[inline]
pub(super) fn value<'b>(record: &Record<'b>) -> Result<&'b [u8], DecodeError> {
    record
        .value
        .ok_or_else(|| "the value is null (a tombstone): read it `as Record`".into())
}

/// The bytes as text.
#[inline]
pub(super) fn text(bytes: &[u8]) -> Result<&str, DecodeError> {
    match ascii::text(bytes) {
        Some(text) => Ok(text),
        None => of_utf8(bytes),
    }
}

#[inline(never)]
fn of_utf8(bytes: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(bytes).map_err(|error| not_text(bytes, error.valid_up_to()))
}

#[cold]
fn not_text(bytes: &[u8], at: usize) -> DecodeError {
    let found = bytes.get(at).copied().unwrap_or_default();
    format!("the value is not UTF-8 text: byte {at} is 0x{found:02x}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: Option<&[u8]>) -> Record<'_> {
        Record {
            value,
            ..Record::of_value("t", 0, b"")
        }
    }

    #[test]
    fn text_is_borrowed_from_the_record() {
        let bytes = b"user1,/home";
        let text = Text::decode(record(Some(bytes))).expect("text");
        assert_eq!((text, text.as_ptr()), ("user1,/home", bytes.as_ptr()));
    }

    #[test]
    fn text_that_is_not_utf_8_says_at_which_byte() {
        let error = Text::decode(record(Some(b"ab\xffc"))).expect_err("not text");
        assert_eq!(
            error.to_string(),
            "the value is not UTF-8 text: byte 2 is 0xff"
        );
    }

    #[test]
    fn null_value_is_an_error_that_names_record() {
        let expected = "the value is null (a tombstone): read it `as Record`";
        assert_eq!(
            Text::decode(record(None)).expect_err("null").to_string(),
            expected
        );
        assert_eq!(
            Bytes::decode(record(None)).expect_err("null").to_string(),
            expected
        );
    }

    #[test]
    fn record_hands_a_null_value_on() {
        assert!(
            formats::Record::decode(record(None))
                .expect("a record")
                .value
                .is_none()
        );
    }

    #[test]
    fn bytes_may_be_anything() {
        assert_eq!(
            Bytes::decode(record(Some(b"\xff"))).expect("bytes"),
            b"\xff"
        );
    }
}
