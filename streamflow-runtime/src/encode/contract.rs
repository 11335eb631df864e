//! What a format must be able to do to be written.

use super::EncodeError;

/// A format that a sink's results are written in: what stands behind `as`.
///
/// ```
/// use streamflow_runtime::encode::{Encode, EncodeError};
///
/// /// A user and a count with a bar between them: `user1|2`.
/// struct Barred;
///
/// impl<'a> Encode<(&'a str, u64)> for Barred {
///     fn encode(item: &(&'a str, u64), out: &mut Vec<u8>) -> Result<(), EncodeError> {
///         let (user, count) = item;
///         if user.contains('|') {
///             return Err("the user's name has a `|` in it".into());
///         }
///         out.extend_from_slice(format!("{user}|{count}").as_bytes());
///         Ok(())
///     }
/// }
///
/// let mut out = Vec::new();
/// Barred::encode(&("user1", 2), &mut out)?;
/// assert_eq!(out, b"user1|2");
/// # Ok::<(), EncodeError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "items of type `{T}` cannot be written in the format `{Self}`",
    label = "the items reaching this sink are `{T}`",
    note = "`Text`, `Json` and `Csv` write types that derive `serde::Serialize`, `Bytes` writes \
            what implements `AsRef<[u8]>`",
    note = "or implement `streamflow::Encode<{T}>` for a format of your own"
)]
pub trait Encode<T> {
    /// Writes one item behind what `out` holds already.
    ///
    /// With an error, `out` must be left as it was.
    fn encode(item: &T, out: &mut Vec<u8>) -> Result<(), EncodeError>;
}

/// Takes back what was written of an item that failed.
#[inline]
pub(super) fn whole_or_nothing(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let before = out.len();
    let outcome = write(out);
    if outcome.is_err() {
        out.truncate(before);
    }
    outcome
}
