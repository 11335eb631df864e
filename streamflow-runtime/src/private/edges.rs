//! Witnesses of the types that items have on their way between stages.
//!
//! They have no size and do nothing: the compiler finds out their types, and a worker that only
//! describes its job says them.

use std::any::type_name;
use std::marker::PhantomData;

use crate::worker::{Outcome, Worker};

/// Knows the type of the items that leave a stage.
#[derive(Debug)]
pub struct Edge<T: ?Sized>(PhantomData<fn() -> T>);

/// A witness of a type that is yet to be found out. It asks nothing of the type: whatever keeps
/// that from being known is reported where the user wrote it.
#[inline]
pub fn edge<T: ?Sized>() -> Edge<T> {
    Edge(PhantomData)
}

/// Shows a witness an item.
#[inline]
pub fn on_edge<T: ?Sized>(_edge: &Edge<T>, _item: &T) {}

/// Shows a witness a pair that is kept in two variables.
#[inline]
pub fn pair_on_edge<K, V>(_edge: &Edge<(K, V)>, _key: &K, _value: &V) {}

/// The name of the type that a witness knows.
pub fn type_on_edge<T: ?Sized>(_edge: &Edge<T>) -> &'static str {
    type_name::<T>()
}

/// Takes down the types of the items that leave each stage, if describing the job is all that the
/// worker is there for.
pub fn describe(worker: &mut Worker<'_>, types: &[(usize, &'static str)]) -> Outcome {
    worker.describe_types(types);
    Ok(())
}

/// Items of the type that another stream of the same `union` has.
#[diagnostic::on_unimplemented(
    message = "the streams of this `union` have items of different types: `{T}` and `{Self}`",
    label = "one stream brings `{T}`, another `{Self}`",
    note = "bring them to one type in front: `union(a, b | map(|item| …))`"
)]
pub trait SameAs<T> {
    /// The item.
    fn same(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T> SameAs<T> for T {
    #[inline]
    fn same(self) -> T {
        self
    }
}

/// Brings an item into a `union`.
#[inline]
pub fn joined<T, U: SameAs<T>>(_edge: &Edge<T>, item: U) -> T {
    item.same()
}
