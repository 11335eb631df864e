//! Bytes → values, borrowed from the batch wherever the type allows.
//!
//! A source is read in a format: `from kafka("clicks") as Csv<Click>`. The built-in ones stand in
//! [`formats`]; a format of your own is a type that implements [`Decode`].
//!
//! A record that cannot be read is a [`DecodeError`]. It ends the job, unless the source says
//! otherwise: `else skip`, `else dead_letter("t")`.

mod ascii;
mod contract;
mod csv;
mod error;
mod excerpt;
pub mod formats;
mod json;
mod text;

pub use contract::Decode;
pub use csv::FromCsv;
pub use error::DecodeError;
pub use formats::{Bytes, Csv, Json, Text};
pub use json::FromJson;
