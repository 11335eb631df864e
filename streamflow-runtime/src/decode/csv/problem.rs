//! What is wrong with a line, and how that is said.

use std::error::Error;
use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::line::Line;
use crate::decode::DecodeError;
use crate::decode::excerpt::{escaped, excerpt};
use crate::names;

/// What is wrong with a line. Where it is, the line knows.
#[derive(Debug)]
pub(super) struct Problem(Box<Kind>);

#[derive(Debug)]
enum Kind {
    /// The field's text is not what the type reads.
    Value { expected: String },
    /// The type does not take what the format has to offer.
    Type { expected: String },
    /// Something else about the field.
    Field { message: String },
    /// The line ends too early; `None` where it is not known how many fields the type takes.
    TooShort { takes: Option<usize> },
    /// The line goes on behind the last field of the type.
    TooLong { takes: usize },
    /// The type can be read from no line at all.
    Unreadable { message: &'static str },
}

impl Problem {
    /// The field's text is not what the type reads.
    #[cold]
    pub(super) fn expected(expected: impl Into<String>) -> Self {
        Problem(Box::new(Kind::Value {
            expected: expected.into(),
        }))
    }

    /// The field's text is no whole number, or none that fits.
    #[cold]
    pub(super) fn not_whole(text: &str, least: impl fmt::Display, most: impl fmt::Display) -> Self {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Problem::expected(format!("a whole number from {least} to {most}"))
        } else {
            Problem::expected("a whole number")
        }
    }

    #[cold]
    pub(super) fn misquoted(message: &str) -> Self {
        Problem(Box::new(Kind::Field {
            message: message.into(),
        }))
    }

    #[cold]
    pub(super) fn no_field_left() -> Self {
        Problem(Box::new(Kind::TooShort { takes: None }))
    }

    #[cold]
    pub(super) fn too_long(takes: usize) -> Self {
        Problem(Box::new(Kind::TooLong { takes }))
    }

    /// Whether it is the end of the line that came too early.
    pub(super) fn is_no_field_left(&self) -> bool {
        matches!(*self.0, Kind::TooShort { .. })
    }

    #[cold]
    pub(super) fn unreadable(message: &'static str) -> Self {
        Problem(Box::new(Kind::Unreadable { message }))
    }

    /// The type borrows its text, which is not in the line as it stands.
    #[cold]
    pub(super) fn of_doubled_quotes(self) -> Self {
        match *self.0 {
            Kind::Type { .. } => Problem(Box::new(Kind::Field {
                message: "doubled quotes cannot be borrowed, use `String` or `Cow<str>`".into(),
            })),
            _ => self,
        }
    }

    /// The type's variant wants data.
    #[cold]
    pub(super) fn of_variant(self) -> Self {
        match *self.0 {
            Kind::Type { .. } => {
                Problem::unreadable("comma-separated values have no place for a variant with data")
            }
            _ => self,
        }
    }

    /// The message for the user.
    #[cold]
    pub(super) fn told(self, line: &Line<'_>, type_name: &str) -> DecodeError {
        let place = Place(line);
        match *self.0 {
            Kind::Value { expected } | Kind::Type { expected } => {
                let expected = escaped(&expected);
                let found = Found(line.last);
                DecodeError::new(format_args!("{place}: expected {expected}, found {found}"))
            }
            Kind::Field { message } => {
                let (message, found) = (escaped(&message), Found(line.last));
                DecodeError::new(format_args!("{place}: {message}, in {found}"))
            }
            Kind::TooShort { takes } => {
                // One struct of several that lie in each other knows only its own fields.
                wrong_length(
                    line.n_fields(),
                    takes.filter(|_| line.n_groups <= 1),
                    type_name,
                )
            }
            Kind::TooLong { takes } => wrong_length(line.n_fields(), Some(takes), type_name),
            Kind::Unreadable { message } => message.into(),
        }
    }
}

fn wrong_length(n_fields: usize, takes: Option<usize>, type_name: &str) -> DecodeError {
    let name = names::short(type_name);
    let s = if n_fields == 1 { "" } else { "s" };
    match takes.filter(|takes| *takes != n_fields) {
        Some(takes) => {
            format!("the line has {n_fields} field{s}, and `{name}` takes {takes}").into()
        }
        None => format!("the line has {n_fields} field{s}, and `{name}` takes more").into(),
    }
}

/// ``field 2 `page` ``
struct Place<'l, 'b>(&'l Line<'b>);

impl fmt::Display for Place<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "field {}", self.0.taken)?;
        match self.0.name {
            Some(name) => write!(f, " `{name}`"),
            None => Ok(()),
        }
    }
}

/// `` `abc` ``
struct Found<'b>(&'b str);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => f.write_str("an empty field"),
            text => write!(f, "`{}`", excerpt(text)),
        }
    }
}

/// The last number in serde's `struct Click with 3 elements` or `a tuple of size 3`.
fn last_number(text: &str) -> Option<usize> {
    text.rsplit(|c: char| !c.is_ascii_digit())
        .find(|digits| !digits.is_empty())?
        .parse()
        .ok()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Value { expected } | Kind::Type { expected } => write!(f, "expected {expected}"),
            Kind::Field { message } => f.write_str(message),
            Kind::TooShort { .. } | Kind::TooLong { .. } => {
                f.write_str("the line has another number of fields")
            }
            Kind::Unreadable { message } => f.write_str(message),
        }
    }
}

impl Error for Problem {}

impl de::Error for Problem {
    #[cold]
    fn custom<M: fmt::Display>(message: M) -> Self {
        Problem(Box::new(Kind::Field {
            message: message.to_string(),
        }))
    }

    #[cold]
    fn invalid_type(_found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Problem(Box::new(Kind::Type {
            expected: expected.to_string(),
        }))
    }

    #[cold]
    fn invalid_value(_found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Problem::expected(expected.to_string())
    }

    #[cold]
    fn invalid_length(_read: usize, expected: &dyn Expected) -> Self {
        Problem(Box::new(Kind::TooShort {
            takes: last_number(&expected.to_string()),
        }))
    }

    #[cold]
    fn unknown_variant(_found: &str, expected: &'static [&'static str]) -> Self {
        match expected {
            [] => Problem::unreadable("an enum without variants cannot be read"),
            [only] => Problem::expected(format!("`{only}`")),
            _ => Problem::expected(format!("one of `{}`", expected.join("`, `"))),
        }
    }
}
