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

/// The latest value of each key: joins look into it.
#[derive(Debug)]
pub struct Table<K, V>(PhantomData<fn() -> (K, V)>);

impl<K, V> Table<K, V> {
    /// A table of such keys and values.
    pub(crate) const fn new() -> Self {
        Table(PhantomData)
    }

    /// The table as its last reader gets it.
    #[doc(hidden)]
    #[must_use]
    pub fn whole(&self) -> Self {
        *self
    }

    /// The table as all others get it: the same, as nothing flows out of it.
    #[doc(hidden)]
    #[must_use]
    pub fn share(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Table<K, V> {}

impl<K, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

/// A stream of pairs `(key, value)`, or of references to some; or a table.
pub trait Pairs<K, V> {}

impl<K, V> Pairs<K, V> for Stream<(K, V)> {}

impl<K, V> Pairs<K, V> for Table<K, V> {}

impl<'p, K, V> Pairs<&'p K, &'p V> for Stream<&'p (K, V)> {}

/// Records that are still to be read in a format.
#[derive(Debug, Clone, Copy)]
pub struct Records(pub(crate) ());

/// Results of windows: what `with_window` makes of them is a stream of `T`.
#[derive(Debug)]
pub struct Results<T>(PhantomData<fn() -> T>);

impl<T> Results<T> {
    /// Results of which this becomes.
    pub(crate) const fn new() -> Self {
        Results(PhantomData)
    }
}
