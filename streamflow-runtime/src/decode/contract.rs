//! What a format must be able to do to be read.

use super::DecodeError;
use crate::record::Record;

/// A format that a source's records are read in: what stands behind `as`.
///
/// `'b` is the batch that the record lies in: an item may borrow from the record's bytes, and
/// costs no allocation then.
///
/// ```
/// use streamflow_runtime::Record;
/// use streamflow_runtime::decode::{Decode, DecodeError};
///
/// /// A user and a page with a bar between them: `user1|/home`.
/// struct Barred;
///
/// impl<'b> Decode<'b> for Barred {
///     type Item = (&'b str, &'b str);
///
///     fn decode(record: Record<'b>) -> Result<Self::Item, DecodeError> {
///         let value = record.value.ok_or("the value is null")?;
///         let line = std::str::from_utf8(value).map_err(DecodeError::new)?;
///         line.split_once('|').ok_or_else(|| "no `|` between user and page".into())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a format a source can be read in",
    label = "this is not a format",
    note = "the built-in formats are `Text`, `Bytes`, `Record`, and `Json<T>` and `Csv<T>` of a `T` that derives `serde::Deserialize`: `as Json<{Self}>`",
    note = "for a format of your own, implement `streamflow::Decode` for `{Self}`"
)]
pub trait Decode<'b> {
    /// What the first stage gets.
    type Item;

    /// Reads one record; the error says what is wrong with it, without topic and offset.
    fn decode(record: Record<'b>) -> Result<Self::Item, DecodeError>;
}
