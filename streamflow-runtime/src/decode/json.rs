//! Reads a record as JSON.

use serde::Deserialize;

use super::excerpt::escaped;
use super::formats::Json;
use super::text::value;
use super::{Decode, DecodeError};
use crate::record::Record;

/// Types that JSON is read into: what `as Json<T>` asks of `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from JSON: it does not derive `Deserialize`",
    label = "records cannot be read into a `{Self}`",
    note = "write `#[derive(serde::Deserialize)]` above the type, and above every type in it"
)]
pub trait FromJson<'b>: Sized {
    /// Reads one record.
    fn from_json(record: Record<'b>) -> Result<Self, DecodeError>;
}

#[diagnostic::do_not_recommend]
impl<'b, T: Deserialize<'b>> FromJson<'b> for T {
    #[inline]
    fn from_json(record: Record<'b>) -> Result<T, DecodeError> {
        serde_json::from_slice(value(&record)?).map_err(|error| unreadable(&error))
    }
}

// A job never asks for this one: it asks for what the type can be read from.
#[diagnostic::do_not_recommend]
impl<'b, T: Deserialize<'b>> Decode<'b> for Json<T> {
    type Item = T;

    #[inline]
    fn decode(record: Record<'b>) -> Result<T, DecodeError> {
        T::from_json(record)
    }
}

#[cold]
fn unreadable(error: &serde_json::Error) -> DecodeError {
    let mut message = escaped(&error.to_string());
    // Serde's words for a `&str` that would have to be unescaped.
    if message.contains("expected a borrowed string") {
        message.push_str(": a text with escapes cannot be borrowed, use `String` or `Cow<str>`");
    }
    message.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Click<'b> {
        user: &'b str,
        ms: u32,
    }

    fn click(value: &str) -> Result<Click<'_>, String> {
        Json::<Click<'_>>::decode(Record::of_value("t", 0, value.as_bytes()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn texts_are_borrowed_from_the_record() {
        assert_eq!(
            click(r#"{"user":"u1","ms":3}"#),
            Ok(Click { user: "u1", ms: 3 })
        );
    }

    #[test]
    fn error_names_line_and_column() {
        assert_eq!(
            click("{\"user\":\"u1\",\n\"ms\":true}"),
            Err("invalid type: boolean `true`, expected u32 at line 2 column 9".into())
        );
    }

    #[test]
    fn text_with_escapes_says_what_to_use_instead() {
        let message = click(r#"{"user":"a\"b","ms":3}"#).expect_err("cannot be borrowed");
        assert!(message.ends_with("use `String` or `Cow<str>`"), "{message}");
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let deep = "[".repeat(100_000);
        let record = Record::of_value("t", 0, deep.as_bytes());
        let error = Json::<serde_json::Value>::decode(record).expect_err("too deep");
        assert_eq!(
            error.to_string(),
            "recursion limit exceeded at line 1 column 128"
        );
    }
}
