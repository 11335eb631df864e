//! What happens to one item: decoded, tried, taken apart, refused.

use std::marker::PhantomData;

use super::sources::{Never, Nowhere};
use crate::decode::DecodeError;
use crate::failure::Failure;
use crate::worker::{Outcome, Worker};

/// What decoding a record in the source's format has given.
#[inline]
pub fn decoded<T>(outcome: Result<T, DecodeError>) -> Result<T, Failure> {
    outcome.map_err(Failure::refused)
}

/// Meets a record that a stage refused; returns whether the loop over records must end.
#[cold]
pub fn refuse(worker: &mut Worker<'_>, stage: usize, failure: impl Into<Refusal>) -> bool {
    let Refusal { failure, at } = failure.into();
    worker.refuse(stage, failure, at)
}

/// The offset of the record at hand.
#[inline]
pub fn offset(worker: &Worker<'_>) -> i64 {
    worker.offset()
}

/// Meets a result that a stage refused in a round.
#[cold]
pub fn refuse_in_round(
    worker: &mut Worker<'_>,
    stage: usize,
    failure: impl Into<Refusal>,
) -> Outcome {
    worker.refuse_in_round(stage, failure.into().failure)
}

/// Whatever a stage can refuse an item with.
#[derive(Debug)]
pub struct Refusal {
    pub(super) failure: Failure,
    /// The offset of the item's record, where that is not the one at hand.
    pub(super) at: Option<i64>,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Refusal { failure, at: None }
    }
}

impl From<crate::state::Overflow> for Refusal {
    fn from(overflow: crate::state::Overflow) -> Self {
        let at = overflow.at;
        Refusal {
            failure: Failure::refused(overflow),
            at,
        }
    }
}

/// Runs a body that `?` may leave.
#[inline]
pub fn attempt<T>(body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    body()
}

/// The value of a body that `?` may leave.
#[inline]
pub fn fine<T>(value: T) -> Result<T, Failure> {
    Ok(value)
}

/// Runs a body that `return` may leave.
#[inline]
pub fn once<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// A value that is put to work on each item: the closure that a function has made, for example.
#[diagnostic::on_unimplemented(
    message = "a function of the item is wanted here, and this is a `{Self}`",
    label = "this is no function of one item",
    note = "write a closure, `|item| …`, or the name of a function without `()`"
)]
pub trait FunctionOfItem<By> {
    /// Its own type.
    type Function;

    /// Gives it back.
    fn function(self) -> Self::Function;
}

/// By being called.
#[derive(Debug)]
pub struct Called<T, U>(PhantomData<fn(T) -> U>);

#[diagnostic::do_not_recommend]
impl<F: Fn(T) -> U, T, U> FunctionOfItem<Called<T, U>> for F {
    type Function = F;

    #[inline]
    fn function(self) -> F {
        self
    }
}

// A second impl, for the reason that `Items` has one.
#[diagnostic::do_not_recommend]
impl<F: Never> FunctionOfItem<Nowhere> for F {
    type Function = fn();

    fn function(self) -> fn() {
        || ()
    }
}

/// An item that is a key and a value.
#[diagnostic::on_unimplemented(
    message = "this stage needs `(key, value)` pairs, but the items reaching it are `{Self}`",
    label = "the items reaching this stage are `{Self}`",
    note = "put `| key_by(|item| …)` or `| map(|item| (key, value))` in front of it",
    note = "pairs in an `Option` or a `Result` are taken out in front: by `?` in the closure, or by `filter_map` or `try_map` in place of `map`"
)]
pub trait Pair<K, V> {
    /// Takes the pair apart.
    fn pair(self) -> (K, V);
}

#[diagnostic::do_not_recommend]
impl<K, V> Pair<K, V> for (K, V) {
    #[inline]
    fn pair(self) -> (K, V) {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<'a, K, V> Pair<&'a K, &'a V> for &'a (K, V) {
    #[inline]
    fn pair(self) -> (&'a K, &'a V) {
        (&self.0, &self.1)
    }
}

/// A variable that closures of the job use: workers share it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used in a stage: workers on several threads share it",
    label = "this variable is a `{Self}`",
    note = "use `Arc` instead of `Rc`, and an atomic or a `Mutex` instead of a `Cell` or a `RefCell`"
)]
pub trait SharedByWorkers {
    /// Checks that workers can share the variable.
    #[inline]
    fn captured(&self) {}
}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + ?Sized> SharedByWorkers for T {}

/// What is never there, as a value of any type.
#[inline]
pub fn never<T>(never: std::convert::Infallible) -> T {
    match never {}
}
