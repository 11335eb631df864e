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
