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

/// What `?` and `try_map` take: an `Option` or a `Result`.
#[diagnostic::on_unimplemented(
    message = "`?` in a stage works on `Option` and `Result`, not on `{Self}`",
    label = "this is neither an `Option` nor a `Result` whose error can be shown"
)]
pub trait Tried<T> {
    /// The value, or why there is none.
    fn tried(self) -> Result<T, Failure>;
}

#[diagnostic::do_not_recommend]
impl<T> Tried<T> for Option<T> {
    #[inline]
    fn tried(self) -> Result<T, Failure> {
        match self {
            Some(value) => Ok(value),
            None => Err(Failure::refused("got `None`")),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: fmt::Display> Tried<T> for Result<T, E> {
    #[inline]
    fn tried(self) -> Result<T, Failure> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(Failure::refused(error)),
        }
    }
}
