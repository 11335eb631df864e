//! Reads a record as a line of comma-separated values.
//!
//! `split` finds the next field, `line` takes one field after the other, `values` turns them into
//! what serde asks for, `sequence` hands out the fields of structs and tuples, and `problem` says
//! what was wrong with which field.

mod line;
mod problem;
mod sequence;
mod split;
#[cfg(test)]
mod tests;
mod values;

pub use line::FromCsv;
