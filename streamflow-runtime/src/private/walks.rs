//! Finds a walk through a `Result`, which would leave out what failed without a trace.
//!
//! Found by method look-up, as views of items are: `(&&Walked(&many)).kind()`.

use std::marker::PhantomData;

/// What a stage is about to walk through.
#[derive(Debug)]
pub struct Walked<'w, T>(pub &'w T);

/// A walk through a `Result<T, _>` that leaves failures out.
#[derive(Debug)]
pub struct LosesFailures<T>(PhantomData<T>);

/// Any other walk.
#[derive(Debug)]
pub struct LosesNothing;

/// Walks through a `Result`.
pub trait WalksResult<T> {
    /// What kind of walk it is.
    fn kind(self) -> LosesFailures<T>;
}

impl<T, E> WalksResult<T> for &&Walked<'_, Result<T, E>> {
    fn kind(self) -> LosesFailures<T> {
        LosesFailures(PhantomData)
    }
}

/// All other walks.
pub trait WalksAll {
    /// What kind of walk it is.
    fn kind(self) -> LosesNothing;
}

impl<T> WalksAll for &Walked<'_, T> {
    fn kind(self) -> LosesNothing {
        LosesNothing
    }
}

/// A walk that leaves nothing out.
#[diagnostic::on_unimplemented(
    message = "records that fail would be left out here, and nothing tells how many",
    label = "this stage walks through a `Result`: its `Err`s disappear",
    note = "write `| try_map(|item| …) else skip`, which counts them"
)]
pub trait LosesNoFailure: Sized {
    /// Checks that a walk leaves nothing out.
    #[inline]
    fn walked(self) {}
}

#[diagnostic::do_not_recommend]
impl LosesNoFailure for LosesNothing {}

/// There is no such value. But of what walks through something that the compiler has refused
/// already, it cannot say that this is not it, and so says nothing more.
#[derive(Debug)]
pub enum Nothing {}

#[diagnostic::do_not_recommend]
impl LosesNoFailure for LosesFailures<Nothing> {}
