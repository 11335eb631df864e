//! The built-in formats, by the names that stand behind `as`.
//!
//! They are markers: no value of them is ever made. The same names serve sources
//! ([`Decode`](super::Decode)) and sinks ([`Encode`](crate::encode::Encode)).

use std::marker::PhantomData;

/// UTF-8 text.
///
/// A source gives `&str`, borrowed from the record. A sink writes a `str`, `String` or `char` as
/// it is, and everything else as the row that `print` prints.
///
/// ```
/// use streamflow_runtime::encode::{Encode, Text};
///
/// let mut out = Vec::new();
/// Text::encode(&("user1", 2), &mut out)?;
/// assert_eq!(out, b"(user1,2)");
/// # Ok::<(), streamflow_runtime::encode::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Text;

/// The bytes of the value, as they are.
///
/// A source gives `&[u8]`, borrowed from the record. A sink takes whatever lends its bytes.
///
/// ```
/// use streamflow_runtime::encode::{Bytes, Encode};
///
/// let mut out = Vec::new();
/// Bytes::encode(&[0xff_u8, 0x00], &mut out)?;
/// assert_eq!(out, [0xff, 0x00]);
/// # Ok::<(), streamflow_runtime::encode::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Bytes;

/// The whole record: key, value, timestamp, headers, topic, partition, offset.
///
/// Sources only. It is the way to see tombstones, whose value is null.
///
/// ```
/// use streamflow_runtime::decode::{Decode, DecodeError, formats};
///
/// fn is_tombstone(record: streamflow_runtime::Record<'_>) -> Result<bool, DecodeError> {
///     Ok(formats::Record::decode(record)?.value.is_none())
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Record;

/// JSON, one value per record.
///
/// A source reads it into a `T` that implements `serde::Deserialize`; a `&str` in it is borrowed
/// from the record, which works for texts without escapes (`Cow<str>` and `String` take all).
/// A sink writes any type that implements `serde::Serialize`, and needs no `T`: `as Json`.
///
/// ```
/// use streamflow_runtime::encode::{Encode, Json};
///
/// let mut out = Vec::new();
/// <Json>::encode(&("user1", 2), &mut out)?;
/// assert_eq!(out, br#"["user1",2]"#);
/// # Ok::<(), streamflow_runtime::encode::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Json<T = ()>(PhantomData<fn() -> T>);

/// Comma-separated values as in RFC 4180, one line per record, without a header.
///
/// A source reads the line into a `T` that implements `serde::Deserialize`: a struct or a tuple
/// takes its fields by position, a `Vec` all that are left, a number or a text the only one. A
/// `&str` is borrowed from the record; a quoted field with doubled quotes in it needs a `String`
/// or a `Cow<str>`. An empty field is the `None` of an `Option`; the quoted empty field `""` is
/// not. Structs inside structs take their fields in turn. Spaces belong to the field.
///
/// ```
/// use serde::Deserialize;
/// use streamflow_runtime::Record;
/// use streamflow_runtime::decode::{Csv, Decode, DecodeError};
///
/// #[derive(Deserialize)]
/// struct Click<'b> {
///     user: &'b str,
///     page: Option<&'b str>,
///     ms: u32,
/// }
///
/// fn duration(record: Record<'_>) -> Result<u32, DecodeError> {
///     Ok(Csv::<Click>::decode(record)?.ms)
/// }
/// ```
///
/// A sink writes any type that implements `serde::Serialize` and has no maps and no variants with
/// data in it, and needs no `T`: `as Csv`. A field is quoted where it has to be.
///
/// ```
/// use streamflow_runtime::encode::{Csv, Encode};
///
/// let mut out = Vec::new();
/// <Csv>::encode(&("user1", ("/a,b", None::<u32>)), &mut out)?;
/// assert_eq!(out, br#"user1,"/a,b","#);
/// # Ok::<(), streamflow_runtime::encode::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Csv<T = ()>(PhantomData<fn() -> T>);
