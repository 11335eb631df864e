//! Witnesses of the types that items have on their way between stages.
//!
//! They have no size and do nothing: the compiler finds out their types, and a worker that only
//! describes its job says them.

use std::any::type_name;
use std::marker::PhantomData;

use crate::worker::{Outcome, Worker};

/// Knows the type of the items that leave a stage.
#[derive(Debug)]
pub struct Edge<T>(PhantomData<fn() -> T>);

/// A witness of a type that is found out elsewhere.
#[inline]
pub fn edge<T>() -> Edge<T> {
    Edge(PhantomData)
}

/// A witness of the type of an item.
#[inline]
pub fn edge_of<T>(_item: &T) -> Edge<T> {
    Edge(PhantomData)
}

/// A witness of the type of a pair that is kept in two variables.
#[inline]
pub fn edge_of_pair<K, V>(_key: &K, _value: &V) -> Edge<(K, V)> {
    Edge(PhantomData)
}

/// The name of the type that a witness knows.
pub fn type_on_edge<T>(_edge: &Edge<T>) -> &'static str {
    type_name::<T>()
}

/// Whether the worker is there to work, and not only to describe its job: it then makes its states
/// and nothing else.
pub fn begins(worker: &Worker<'_>) -> Outcome<bool> {
    Ok(worker.begins())
}

/// Takes down the types of the items that leave each stage.
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
pub trait SameAs<T>: Sized {
    /// The item.
    fn same(self) -> T;

    /// Brings an item into a `union`. What the others bring comes first: it is known first.
    #[inline]
    fn joined(_edge: &Edge<T>, item: Self) -> T {
        item.same()
    }
}

#[diagnostic::do_not_recommend]
impl<T> SameAs<T> for T {
    #[inline]
    fn same(self) -> T {
        self
    }
}
