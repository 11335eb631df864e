//! Gives several stages a view of one item: a copy where it is `Copy`, a reference otherwise.
//!
//! The choice is made by method look-up: `(&&Tee(&item)).share()` finds the impl on `&Tee` first,
//! which holds for `Copy` items only.

use super::edges::Edge;
use super::sources::Never;

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

/// What a closure takes out of an item that is lent: only what can be copied.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be taken out of an item that another stage reads too",
    label = "this is lent: write `.clone()` behind it",
    note = "where a stream has several readers, all but the last one that is written get references to \
            items that cannot be copied"
)]
pub trait TakenOut {
    /// Checks that it can be copied.
    #[inline]
    fn taken_out(&self) {}
}

#[diagnostic::do_not_recommend]
impl<T: Copy> TakenOut for T {}

/// An item, as the type that a closure says it takes.
#[diagnostic::on_unimplemented(
    message = "what reaches this closure is `{Self}`, not `{T}`",
    label = "write `{Self}`, or leave the type out: it is known",
    note = "what is to be another type is made that in the closure, or by a `map` in front"
)]
pub trait ItemAs<T>: Sized {
    /// Asks whether it is of that type.
    #[inline]
    fn asked(_item: Edge<Self>) {}

    /// The same item.
    fn given(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T> ItemAs<T> for T {
    #[inline]
    fn given(self) -> T {
        self
    }
}

/// An item that is lent, as the type that a closure says it takes.
#[diagnostic::on_unimplemented(
    message = "another stage reads the same items, so they are lent: what reaches this closure is `{Self}`, \
               not `{T}`",
    label = "write `{Self}`, or leave the type out: it is known",
    note = "where a stream has several readers, all but the last one that is written get references to \
            items that cannot be copied; `.clone()` makes an item of one's own"
)]
pub trait LentAs<T>: Sized {
    /// Asks whether it is of that type.
    #[inline]
    fn asked(_item: Edge<Self>) {}

    /// The same item.
    fn given(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T> LentAs<T> for T {
    #[inline]
    fn given(self) -> T {
        self
    }
}

/// No item is of this type: with a second impl in sight, the compiler compares what comes with what is
/// written, and does not take it for that.
#[derive(Debug)]
pub struct NoSuchItem(());

#[diagnostic::do_not_recommend]
impl<T: Never> ItemAs<NoSuchItem> for T {
    fn given(self) -> NoSuchItem {
        NoSuchItem(())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Never> LentAs<NoSuchItem> for T {
    fn given(self) -> NoSuchItem {
        NoSuchItem(())
    }
}
