//! Takes the fields of a line, one after the other.

use std::any::type_name;

use serde::Deserialize;

use super::problem::Problem;
use super::split::{Field, first_field};
use crate::decode::formats::Csv;
use crate::decode::text::{text, value};
use crate::decode::{Decode, DecodeError};
use crate::record::Record;

/// Types that a line of values is read into: what `as Csv<T>` asks of `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from CSV: it does not derive `Deserialize`",
    label = "records cannot be read into a `{Self}`",
    note = "write `#[derive(serde::Deserialize)]` above the type, and above every type in it"
)]
pub trait FromCsv<'b>: Sized {
    /// Reads one record.
    fn from_csv(record: Record<'b>) -> Result<Self, DecodeError>;
}

#[diagnostic::do_not_recommend]
impl<'b, T: Deserialize<'b>> FromCsv<'b> for T {
    #[inline]
    fn from_csv(record: Record<'b>) -> Result<T, DecodeError> {
        let mut line = Line::new(text(value(&record)?)?);
        match T::deserialize(&mut line) {
            Ok(item) if line.rest.is_none() => Ok(item),
            Ok(_) => Err(line.too_long(type_name::<T>())),
            Err(problem) => Err(problem.told(&line, type_name::<T>())),
        }
    }
}

// A job never asks for this one: it asks for what the type can be read from.
#[diagnostic::do_not_recommend]
impl<'b, T: Deserialize<'b>> Decode<'b> for Csv<T> {
    type Item = T;

    #[inline]
    fn decode(record: Record<'b>) -> Result<T, DecodeError> {
        T::from_csv(record)
    }
}

/// What has been taken from a line, and what is left of it.
///
/// The first problem ends the reading, so that `taken`, `name` and `last` then say where it is.
#[derive(Debug)]
pub(super) struct Line<'b> {
    /// What stands behind the last comma that was passed; `None` at the end of the line.
    pub(super) rest: Option<&'b str>,
    /// How many fields have been taken.
    pub(super) taken: usize,
    /// The text of the last one.
    pub(super) last: &'b str,
    /// Its name, if it is a field of a struct.
    pub(super) name: Option<&'static str>,
    /// How many structs, tuples and `Vec`s have been begun.
    pub(super) n_groups: usize,
}

impl<'b> Line<'b> {
    #[inline]
    fn new(line: &'b str) -> Self {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        Line {
            rest: Some(line),
            taken: 0,
            last: "",
            name: None,
            n_groups: 0,
        }
    }

    /// The next field.
    #[inline]
    pub(super) fn take(&mut self) -> Result<Field<'b>, Problem> {
        let Some(rest) = self.rest else {
            return Err(Problem::no_field_left());
        };
        self.taken += 1;
        match first_field(rest) {
            Ok((field, behind)) => {
                self.rest = behind;
                self.last = field.raw;
                Ok(field)
            }
            Err(message) => {
                self.last = rest;
                Err(Problem::misquoted(message))
            }
        }
    }

    /// Whether the next field is empty and has no quotes that say it is meant to be.
    #[inline]
    pub(super) fn next_is_empty(&self) -> bool {
        self.rest
            .is_none_or(|rest| matches!(rest.as_bytes().first(), None | Some(b',')))
    }

    /// How many fields the line has.
    pub(super) fn n_fields(&self) -> usize {
        let mut n_fields = self.taken;
        let mut rest = self.rest;
        while let Some(line) = rest {
            n_fields += 1;
            rest = first_field(line).map_or(None, |(_, behind)| behind);
        }
        n_fields
    }

    #[cold]
    fn too_long(&self, type_name: &str) -> DecodeError {
        Problem::too_long(self.taken).told(self, type_name)
    }
}
