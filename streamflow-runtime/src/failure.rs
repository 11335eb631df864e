//! Why a stage could not process one record, before it is known what that means for the job.

use std::fmt;

use crate::error::Error;

/// The reason for which a stage refuses a record.
///
/// It is small, so that the path of a record that is fine pays nothing for it.
#[derive(Debug)]
pub struct Failure(Box<Reason>);

#[derive(Debug)]
enum Reason {
    /// The record is at fault: the stage's policy decides.
    Refused(String),
    /// The job cannot go on, whatever the policy.
    Fatal(Error),
}

impl Failure {
    /// The record is at fault; `message` says what is wrong with it.
    #[cold]
    pub fn refused(message: impl fmt::Display) -> Self {
        Failure(Box::new(Reason::Refused(message.to_string())))
    }

    /// The job cannot go on.
    #[cold]
    pub fn fatal(error: Error) -> Self {
        Failure(Box::new(Reason::Fatal(error)))
    }

    /// Whether the job cannot go on.
    pub(crate) fn is_fatal(&self) -> bool {
        matches!(*self.0, Reason::Fatal(_))
    }

    /// What is wrong with the record, or the error that ends the job.
    pub(crate) fn into_message(self) -> Result<String, Error> {
        match *self.0 {
            Reason::Refused(message) => Ok(message),
            Reason::Fatal(error) => Err(error),
        }
    }
}

/// `?` on a `Result` inside a macro call, such as `format!("{}", text.parse::<u64>()?)`.
impl<E: std::error::Error> From<E> for Failure {
    #[cold]
    fn from(error: E) -> Self {
        Failure::refused(error)
    }
}

/// What `?` takes: an `Option` or a `Result`.
#[diagnostic::on_unimplemented(
    message = "`?` in a stage works on `Option` and `Result`, not on `{Self}`",
    label = "this is neither an `Option` nor a `Result`"
)]
pub trait Tried<T, E> {
    /// The value, or why there is none.
    fn tried(self) -> Result<T, E>;
}

/// What `try_map` takes: the same, in other words where it is something else.
#[diagnostic::on_unimplemented(
    message = "`try_map` takes an `Option` or a `Result`, and this gives a `{Self}`",
    label = "this cannot fail",
    note = "for what always gives a value write `map`"
)]
pub trait OptionOrResult<T, E> {
    /// The value, or why there is none.
    fn value_or_error(self) -> Result<T, E>;
}

/// The error of an `Option`.
#[derive(Debug)]
pub struct NoValue;

impl fmt::Display for NoValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("got `None`")
    }
}

/// Errors that can be shown. A trait of its own, so that one which cannot be is what is reported.
#[diagnostic::on_unimplemented(
    message = "the error `{Self}` of this `Result` cannot be shown",
    label = "its error is a `{Self}`, which does not implement `Display`",
    note = "implement `std::fmt::Display` for `{Self}`, or make a text of it: `.map_err(|error| …)`"
)]
pub trait ShownError {
    /// Makes the failure.
    fn into_failure(self) -> Failure;
}

#[diagnostic::do_not_recommend]
impl<E: fmt::Display> ShownError for E {
    #[cold]
    fn into_failure(self) -> Failure {
        Failure::refused(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E> Tried<T, E> for Result<T, E> {
    #[inline]
    fn tried(self) -> Result<T, E> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> Tried<T, NoValue> for Option<T> {
    #[inline]
    fn tried(self) -> Result<T, NoValue> {
        self.ok_or(NoValue)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E> OptionOrResult<T, E> for Result<T, E> {
    #[inline]
    fn value_or_error(self) -> Result<T, E> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> OptionOrResult<T, NoValue> for Option<T> {
    #[inline]
    fn value_or_error(self) -> Result<T, NoValue> {
        self.ok_or(NoValue)
    }
}
