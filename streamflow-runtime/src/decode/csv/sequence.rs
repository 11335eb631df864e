//! Hands out the fields of a struct, a tuple or a `Vec`.

use serde::de::{DeserializeSeed, SeqAccess};

use super::line::Line;
use super::problem::Problem;

/// The fields that one struct, tuple or `Vec` takes from a line.
pub(super) struct Fields<'l, 'b> {
    line: &'l mut Line<'b>,
    takes: Takes,
    /// The name of the field that all of these stand in.
    around: Option<&'static str>,
}

/// Which fields are still taken.
enum Takes {
    /// All that are left: a `Vec`.
    All,
    /// So many: a tuple.
    Unnamed(usize),
    /// One for each name: a struct.
    Named(&'static [&'static str]),
}

impl<'l, 'b> Fields<'l, 'b> {
    /// All fields that are left.
    #[inline]
    pub(super) fn all(line: &'l mut Line<'b>) -> Self {
        Fields::new(line, Takes::All)
    }

    /// So many fields.
    #[inline]
    pub(super) fn unnamed(line: &'l mut Line<'b>, n_fields: usize) -> Self {
        Fields::new(line, Takes::Unnamed(n_fields))
    }

    /// One field for each name.
    #[inline]
    pub(super) fn named(line: &'l mut Line<'b>, names: &'static [&'static str]) -> Self {
        Fields::new(line, Takes::Named(names))
    }

    #[inline]
    fn new(line: &'l mut Line<'b>, takes: Takes) -> Self {
        line.n_groups += 1;
        let around = line.name;
        Fields {
            line,
            takes,
            around,
        }
    }

    /// At the end of the line, a `Vec` is still read, as an empty one. For everything else the
    /// struct says whether it has a default, or needs a longer line.
    #[cold]
    fn behind_the_end<S: DeserializeSeed<'b>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Problem> {
        match seed.deserialize(&mut *self.line) {
            Ok(value) => Ok(Some(value)),
            Err(problem) if problem.is_no_field_left() => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}

impl<'b> SeqAccess<'b> for Fields<'_, 'b> {
    type Error = Problem;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'b>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Problem> {
        let is_at_end = self.line.rest.is_none();
        self.line.name = self.around;
        match &mut self.takes {
            // A `Vec` of `Vec`s would never end if it went on behind the end.
            Takes::All if is_at_end => return Ok(None),
            Takes::All => {}
            Takes::Unnamed(0) | Takes::Named([]) => return Ok(None),
            Takes::Unnamed(left) => *left -= 1,
            Takes::Named([name, names @ ..]) => {
                self.line.name = Some(name);
                self.takes = Takes::Named(names);
            }
        }
        if is_at_end {
            return self.behind_the_end(seed);
        }
        seed.deserialize(&mut *self.line).map(Some)
    }
}
