//! The layout of a type as the compiler knows it: what `streamflow.lock` holds, and what a job is
//! held against when it is compiled.
//!
//! Two types have the same [`KnownLayout::Shape`] exactly if their layouts are written alike, so that
//! the compiler can compare a state with the words in the file.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Write as _;
use std::hash::BuildHasher;
use std::marker::PhantomData;
use std::time::Duration;

use super::{
    BothSides, Compact, Counted, Distinct, EventSides, EventWindows, Frequent, Greatest, Held,
    IntervalJoin, Keyed, Least, Mean, MovingSides, Owned, Processes, Quantiles, RowWindows,
    SessionSides, Sessions, Single, SingleWindow, SlidingWindows, States, Summed, Top, Versions,
    Waiting, Windows,
};
use crate::time::Window;

/// Types whose layout the compiler knows.
#[diagnostic::on_unimplemented(
    message = "the layout of `{Self}` cannot be locked",
    label = "`{Self}` is kept here",
    note = "for a type of your own: `#[derive(streamflow::State)]`"
)]
pub trait KnownLayout {
    /// Stands for the layout in comparisons.
    type Shape;

    /// The type as messages show it.
    type Shown: KnownLayout<Shape = Self::Shape> + ?Sized;

    /// Writes the layout: `Totals { visits: u64, spent: f64 }`.
    fn layout(text: &mut String);
}

/// A text. Not called so: the compiler writes a name in full that two things have, and `Text` is a
/// format.
#[derive(Debug)]
pub struct Words;

/// Any number of values of one type.
#[derive(Debug)]
pub struct List<T>(PhantomData<T>);

/// A value that may be missing.
#[derive(Debug)]
pub struct Maybe<T>(PhantomData<T>);

/// Values under keys.
#[derive(Debug)]
pub struct Map<K, V>(PhantomData<(K, V)>);

/// A type of the user's: `NAMES` stands for its name and those of its fields or variants, `Parts`
/// is the tuple of the types in them.
#[derive(Debug)]
pub struct Named<const NAMES: u64, Parts>(PhantomData<Parts>);

macro_rules! plain {
    ($($ty:ty as $shape:ty: $word:literal;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl KnownLayout for $ty {
            type Shape = $shape;
            type Shown = $ty;

            fn layout(text: &mut String) {
                text.push_str($word);
            }
        }
    )*};
}

plain! {
    u8 as u8: "u8";
    u16 as u16: "u16";
    u32 as u32: "u32";
    u64 as u64: "u64";
    u128 as u128: "u128";
    i8 as i8: "i8";
    i16 as i16: "i16";
    i32 as i32: "i32";
    i64 as i64: "i64";
    i128 as i128: "i128";
    // A checkpoint is read by machines of other widths too.
    usize as u64: "u64";
    isize as i64: "i64";
    f32 as f32: "f32";
    f64 as f64: "f64";
    bool as bool: "bool";
    char as char: "char";
    () as (): "()";
    str as Words: "str";
    String as Words: "str";
    Duration as Duration: "Duration";
    Mean as Mean: "Mean";
    Distinct as Distinct: "Distinct";
    Quantiles as Quantiles: "Quantiles";
    Counted as u64: "u64";
}

#[diagnostic::do_not_recommend]
impl KnownLayout for Box<str> {
    type Shape = Words;
    type Shown = str;

    fn layout(text: &mut String) {
        str::layout(text);
    }
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized> KnownLayout for Compact<T>
where
    Box<T>: KnownLayout,
{
    type Shape = <Box<T> as KnownLayout>::Shape;
    type Shown = <Box<T> as KnownLayout>::Shown;

    fn layout(text: &mut String) {
        <Box<T>>::layout(text);
    }
}

/// As a checkpoint holds it.
#[diagnostic::do_not_recommend]
impl KnownLayout for Window {
    type Shape = <(i64, i64) as KnownLayout>::Shape;
    type Shown = Self;

    fn layout(text: &mut String) {
        <(i64, i64)>::layout(text);
    }
}

/// Types that are laid out as the one inside.
macro_rules! transparent {
    ($($ty:ty, $inside:ident;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$inside: KnownLayout> KnownLayout for $ty {
            type Shape = $inside::Shape;
            type Shown = $inside::Shown;

            fn layout(text: &mut String) {
                $inside::layout(text);
            }
        }
    )*};
}

transparent! {
    Box<T>, T;
    Held<T>, T;
    Summed<T>, T;
    Least<T>, T;
    Greatest<T>, T;
}

macro_rules! lists {
    ($([$($parameters:tt)*] $ty:ty, $item:ident;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($parameters)*> KnownLayout for $ty {
            type Shape = List<$item::Shape>;
            type Shown = Self;

            fn layout(text: &mut String) {
                text.push('[');
                $item::layout(text);
                text.push(']');
            }
        }
    )*};
}

lists! {
    [T: KnownLayout] Vec<T>, T;
    [T: KnownLayout] Box<[T]>, T;
    [T: KnownLayout] VecDeque<T>, T;
    [T: KnownLayout] BTreeSet<T>, T;
    [T: KnownLayout, S: BuildHasher] HashSet<T, S>, T;
}

macro_rules! maps {
    ($([$($parameters:tt)*] $ty:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($parameters)*> KnownLayout for $ty {
            type Shape = Map<K::Shape, V::Shape>;
            type Shown = Self;

            fn layout(text: &mut String) {
                text.push('{');
                K::layout(text);
                text.push_str(": ");
                V::layout(text);
                text.push('}');
            }
        }
    )*};
}

maps! {
    [K: KnownLayout, V: KnownLayout] BTreeMap<K, V>;
    [K: KnownLayout, V: KnownLayout, S: BuildHasher] HashMap<K, V, S>;
}

#[diagnostic::do_not_recommend]
impl<T: KnownLayout> KnownLayout for Option<T> {
    type Shape = Maybe<T::Shape>;
    type Shown = Self;

    fn layout(text: &mut String) {
        text.push_str("Option<");
        T::layout(text);
        text.push('>');
    }
}

#[diagnostic::do_not_recommend]
impl<T: KnownLayout, const N: usize> KnownLayout for [T; N] {
    type Shape = [T::Shape; N];
    type Shown = Self;

    fn layout(text: &mut String) {
        text.push('[');
        T::layout(text);
        // A `String` can always be written to.
        let _written = write!(text, "; {N}]");
    }
}

macro_rules! tuples {
    ($(($first:ident $($rest:ident)*);)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$first: KnownLayout, $($rest: KnownLayout),*> KnownLayout for ($first, $($rest,)*) {
            type Shape = ($first::Shape, $($rest::Shape,)*);
            type Shown = Self;

            fn layout(text: &mut String) {
                text.push('(');
                $first::layout(text);
                $(
                    text.push_str(", ");
                    $rest::layout(text);
                )*
                text.push(')');
            }
        }
    )*};
}

tuples! {
    (A);
    (A B);
    (A B C);
    (A B C D);
    (A B C D E);
    (A B C D E F);
    (A B C D E F G);
    (A B C D E F G H);
}

#[diagnostic::do_not_recommend]
impl<K: KnownLayout, V: KnownLayout> KnownLayout for Top<K, V> {
    type Shape = List<(K::Shape, V::Shape)>;
    type Shown = Self;

    fn layout(text: &mut String) {
        <Vec<(K, V)>>::layout(text);
    }
}

#[diagnostic::do_not_recommend]
impl<K: KnownLayout> KnownLayout for Frequent<K> {
    type Shape = Map<K::Shape, u64>;
    type Shown = Self;

    fn layout(text: &mut String) {
        <BTreeMap<K, u64>>::layout(text);
    }
}

#[diagnostic::do_not_recommend]
impl<K: KnownLayout, V: KnownLayout> KnownLayout for Keyed<K, V> {
    type Shape = (K::Shape, V::Shape);
    type Shown = Self;

    fn layout(text: &mut String) {
        text.push_str("keyed ");
        K::layout(text);
        text.push_str(" -> ");
        V::layout(text);
    }
}

#[diagnostic::do_not_recommend]
impl<V: KnownLayout> KnownLayout for Single<V> {
    type Shape = V::Shape;
    type Shown = Self;

    fn layout(text: &mut String) {
        text.push_str("single ");
        V::layout(text);
    }
}

#[diagnostic::do_not_recommend]
impl<K: KnownLayout, S: KnownLayout, T> KnownLayout for Processes<K, S, T> {
    type Shape = <Keyed<K, S> as KnownLayout>::Shape;
    type Shown = Keyed<K, S>;

    fn layout(text: &mut String) {
        <Keyed<K, S>>::layout(text);
    }
}

/// State that is laid out like another one, as far as its users know.
macro_rules! laid_out_like {
    ($([$($part:ident),+] $state:ty: $like:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($part: KnownLayout),+> KnownLayout for $state {
            type Shape = <$like as KnownLayout>::Shape;
            type Shown = $like;

            fn layout(text: &mut String) {
                <$like>::layout(text);
            }
        }
    )*};
}

laid_out_like! {
    [K, V] Windows<K, V>: Keyed<K, V>;
    [V] SingleWindow<V>: Single<V>;
    [K, V] EventWindows<Keyed<K, V>, Windows<K, V>>: Keyed<K, V>;
    [V] EventWindows<Single<V>, SingleWindow<V>>: Single<V>;
    [K, V] Sessions<K, V>: Keyed<K, V>;
    [K, V] RowWindows<K, V>: Keyed<K, V>;
    [K, V] SlidingWindows<K, V>: Keyed<K, V>;
    [K, S] Owned<K, S>: Keyed<K, S>;
    [V] Versions<V>: Vec<(i64, Option<V>)>;
    [K, V] Waiting<K, V>: Keyed<K, V>;
    [K, V, S] States<K, V, S>: Keyed<K, (Vec<V>, Option<S>)>;
    [K, L, R] BothSides<K, L, R>: Keyed<K, (Vec<L>, Vec<R>)>;
    [K, L, R] MovingSides<K, L, R>: Keyed<K, (Vec<L>, Vec<R>)>;
    [K, L, R] EventSides<K, L, R>: Keyed<K, (Vec<L>, Vec<R>)>;
    [K, L, R] SessionSides<K, L, R>: Keyed<K, (Vec<L>, Vec<R>)>;
    [K, L, R] IntervalJoin<K, L, R>: Keyed<K, (Vec<L>, Vec<R>)>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::layout;

    fn written<T: KnownLayout>() -> String {
        let mut text = String::new();
        T::layout(&mut text);
        text
    }

    #[test]
    fn layout_is_written_as_checkpoints_write_it() {
        fn alike<T: KnownLayout + serde::de::DeserializeOwned>() {
            assert_eq!(written::<T>(), layout::of::<T>());
        }
        alike::<(u8, usize, f64, bool)>();
        alike::<Box<str>>();
        alike::<Option<Vec<String>>>();
        alike::<HashMap<String, BTreeSet<i32>>>();
        alike::<Box<(char, Held<u64>)>>();
        assert_eq!(
            written::<Keyed<Box<str>, (u64, f64)>>(),
            "keyed str -> (u64, f64)"
        );
        assert_eq!(
            written::<BothSides<Box<str>, u64, String>>(),
            "keyed str -> ([u64], [str])"
        );
        assert_eq!(written::<Single<Mean>>(), "single Mean");
        assert_eq!(written::<[u8; 16]>(), "[u8; 16]");
    }
}
