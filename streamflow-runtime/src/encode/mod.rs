//! Values → bytes: the formats that sinks write.
//!
//! `to files("d") as Json` names one. The built-in formats are those of
//! [`decode`](crate::decode::formats); a format of your own is a type that implements [`Encode`].

mod contract;
mod csv;
mod error;
mod json;
mod plain;
mod row;

pub use contract::Encode;
pub use error::EncodeError;
pub(crate) use row::shown;

pub use crate::decode::formats::{Bytes, Csv, Json, Text};
