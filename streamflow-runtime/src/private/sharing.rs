//! Gives several stages a view of one item: a copy where it is `Copy`, a reference otherwise.
//!
//! The choice is made by method look-up: `(&&Tee(&item)).share()` finds the impl on `&Tee` first,
//! which holds for `Copy` items only.

/// An item that several stages want to see.
#[derive(Debug)]
pub struct Tee<'t, T>(pub &'t T);

/// Items that are copied.
pub trait ShareCopy {
    /// What each stage gets.
    type Shared;
    /// Makes the view.
    fn share(self) -> Self::Shared;
}

impl<T: Copy> ShareCopy for &&Tee<'_, T> {
    type Shared = T;

    #[inline]
    fn share(self) -> T {
        *self.0
    }
}

/// A value of a pair, to be looked at: `(&&Part(&value)).way().taken(value)` copies what a view of the
/// whole pair lends, where it can be copied, and takes all else as it is.
#[derive(Debug)]
pub struct Part<'p, V>(pub &'p V);

/// A value that is copied.
#[derive(Debug)]
pub struct Copied;

/// A value that is taken as it is.
#[derive(Debug)]
pub struct AsItIs;

impl Copied {
    /// The copy.
    #[inline]
    pub fn taken<V: Copy>(self, value: &V) -> V {
        *value
    }
}

impl AsItIs {
    /// The value.
    #[inline]
    pub fn taken<V>(self, value: V) -> V {
        value
    }
}

/// Values that are lent and can be copied.
pub trait PartCopied: Sized {
    /// The way in which they are taken.
    fn way(self) -> Copied {
        Copied
    }
}

impl<V: Copy> PartCopied for &&Part<'_, &V> {}

/// All other values.
pub trait PartAsItIs: Sized {
    /// The way in which they are taken.
    fn way(self) -> AsItIs {
        AsItIs
    }
}

impl<V> PartAsItIs for &Part<'_, V> {}

/// Items that are lent.
pub trait ShareReference {
    /// What each stage gets.
    type Shared;
    /// Makes the view.
    fn share(self) -> Self::Shared;
}

impl<'t, T> ShareReference for &Tee<'t, T> {
    type Shared = &'t T;

    #[inline]
    fn share(self) -> &'t T {
        self.0
    }
}
