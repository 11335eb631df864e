//! Items that are gathered until an interval ends, for a function that gets them all at once.

use std::marker::PhantomData;

use super::image::{Restored, Saved, Stored};
use super::key::{KeptKey, Key};
use super::layout;
use super::parts::Parts;

/// The partition and the offset of a record: gathered items stand in this order.
pub type Place = (i32, i64);

/// The items that one worker has gathered. `W` is the way in which they are kept.
#[derive(Debug)]
pub struct Gathered<W, X> {
    pub(crate) items: Vec<(Place, X)>,
    way: PhantomData<W>,
}

impl<W, X> Default for Gathered<W, X> {
    fn default() -> Self {
        Gathered {
            items: Vec::new(),
            way: PhantomData,
        }
    }
}

/// Items that are kept as they are.
#[derive(Debug, Clone, Copy)]
pub struct AsIs;

/// Texts and bytes, which are kept and lent as keys are.
#[derive(Debug, Clone, Copy)]
pub struct AsKey;

/// Pairs, whose keys are kept and lent as those of aggregates are.
#[derive(Debug, Clone, Copy)]
pub struct AsPair;

/// A way to keep items of a type.
pub trait Keeps<T> {
    /// What is kept.
    type Kept;

    /// Keeps an item.
    fn keep(item: T) -> Self::Kept;
}

/// A way to lend what was kept.
pub trait Lends<X> {
    /// What was kept, with what is lent and what is given away apart.
    type Apart;
    /// An item as a function gets it.
    type Lent<'a>
    where
        X: 'a;

    /// Takes apart what was kept.
    fn apart(kept: Vec<X>) -> Self::Apart;

    /// Lends all items; what is given away is gone then.
    fn lend(apart: &mut Self::Apart) -> Vec<Self::Lent<'_>>;
}

impl<T> Keeps<T> for AsIs {
    type Kept = T;

    #[inline]
    fn keep(item: T) -> T {
        item
    }
}

impl<T> Lends<T> for AsIs {
    type Apart = Vec<T>;
    type Lent<'a>
        = T
    where
        T: 'a;

    fn apart(kept: Vec<T>) -> Vec<T> {
        kept
    }

    fn lend(apart: &mut Vec<T>) -> Vec<T> {
        std::mem::take(apart)
    }
}

impl<T: Key> Keeps<T> for AsKey {
    type Kept = T::Kept;

    #[inline]
    fn keep(item: T) -> T::Kept {
        item.keep()
    }
}

impl<K: KeptKey> Lends<K> for AsKey {
    type Apart = Vec<K>;
    type Lent<'a> = K::Lent<'a>;

    fn apart(kept: Vec<K>) -> Vec<K> {
        kept
    }

    fn lend(apart: &mut Vec<K>) -> Vec<K::Lent<'_>> {
        apart.iter().map(K::lend).collect()
    }
}

impl<A: Key, B> Keeps<(A, B)> for AsPair {
    type Kept = (A::Kept, B);

    #[inline]
    fn keep((key, value): (A, B)) -> Self::Kept {
        (key.keep(), value)
    }
}

impl<K: KeptKey, B> Lends<(K, B)> for AsPair {
    type Apart = (Vec<K>, Vec<B>);
    type Lent<'a>
        = (K::Lent<'a>, B)
    where
        B: 'a;

    fn apart(kept: Vec<(K, B)>) -> Self::Apart {
        kept.into_iter().unzip()
    }

    fn lend((keys, values): &mut Self::Apart) -> Vec<(K::Lent<'_>, B)> {
        let keys = keys.iter().map(K::lend);
        keys.zip(std::mem::take(values)).collect()
    }
}

impl<W, X: Stored> Saved for Gathered<W, X> {
    fn layout() -> String {
        Self::layout_with(&layout::of::<X>())
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        parts.whole(&self.items)
    }

    fn shrink(&mut self) {
        self.items.shrink_to_fit();
    }
}

impl<W, X: Stored> Restored for Gathered<W, X> {
    type Key = Place;
    type Value = X;

    fn layout_with(value: &str) -> String {
        format!("batch {value}")
    }

    fn with(items: Vec<(Place, X)>) -> Self {
        Gathered {
            items,
            way: PhantomData,
        }
    }
}
