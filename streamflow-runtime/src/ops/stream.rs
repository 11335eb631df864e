//! What the signatures of operators speak of.

use std::marker::PhantomData;

/// A stream of items.
#[derive(Debug)]
pub struct Stream<T>(PhantomData<fn() -> T>);

impl<T> Stream<T> {
    /// A stream of items of this type.
    pub(crate) const fn new() -> Self {
        Stream(PhantomData)
    }
}

impl<T> Copy for Stream<T> {}

impl<T> Clone for Stream<T> {
    fn clone(&self) -> Self {
        *self
    }
}

/// A stream of pairs `(key, value)`, or of references to some.
pub trait Pairs<K, V> {}

impl<K, V> Pairs<K, V> for Stream<(K, V)> {}

impl<'p, K, V> Pairs<&'p K, &'p V> for Stream<&'p (K, V)> {}

/// Records that are still to be read in a format.
#[derive(Debug, Clone, Copy)]
pub struct Records(pub(crate) ());
