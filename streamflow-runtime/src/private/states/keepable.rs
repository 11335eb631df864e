//! Finds state that is borrowed from the record, and says so in the user's words.
//!
//! Left to itself the Rust compiler reports such state in terms of loops and lifetimes of the
//! generated code. Here it is found by method look-up, as types without lifetimes see it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::marker::PhantomData;

use super::sides::Values;
use crate::private::Edge;
use crate::record::Record;
use crate::state::{
    self, AsIs, AsPair, CarriedValue, Gathered, Held, Keyed, Lane, Single, Stored, Top, Turns,
};

/// State to be looked at, and the items it may be made of.
///
/// `(&&&&&&&&&Outliving(&state, items)).kind()` finds out whether it is borrowed: the open case is
/// tried first, then values with a reference at one of their first six places, then those made of
/// borrowed items, then the rest.
#[derive(Debug)]
pub struct Outliving<'s, S, I>(pub &'s S, pub PhantomData<I>);

/// The values of the state are borrowed.
#[derive(Debug)]
pub struct BorrowedFromRecord;

/// Nothing about the values looks borrowed.
#[derive(Debug)]
pub struct Owned;

/// Stands for a type that is still open, and for items that nothing is borrowed in: nothing else
/// has it.
#[derive(Debug)]
pub struct Nobody(());

/// A type that records are read into: `(&&Read(PhantomData::<fn(Click)>)).items(&edge)` tells
/// whether it is borrowed. A lifetime that is left out in it makes the function one for any
/// lifetime, and only such a function is not one of a single type.
#[derive(Debug)]
pub struct Read<F>(pub PhantomData<F>);

/// Types that name their lifetimes, or have none.
pub trait ReadsOwned: Sized {
    /// No items that are borrowed.
    fn items<T>(self, _edge: &Edge<T>) -> PhantomData<Nobody> {
        PhantomData
    }
}

impl<T> ReadsOwned for &&Read<fn(T)> {}

/// All other types.
pub trait ReadsBorrowed: Sized {
    /// The items that leave the source.
    fn items<T>(self, _edge: &Edge<T>) -> PhantomData<T> {
        PhantomData
    }
}

impl<F> ReadsBorrowed for &Read<F> {}

/// Where a source reads no type of the user's, there are no items of such a type.
pub fn no_items() -> PhantomData<Nobody> {
    PhantomData
}

/// Values with a reference in them; of several parts, in the one at a place.
pub trait HoldsReference<const AT: usize> {
    /// The reference.
    type Reference;
}

impl<'v, T: ?Sized, const AT: usize> HoldsReference<AT> for &'v T {
    type Reference = &'v T;
}

impl<'v, const AT: usize> HoldsReference<AT> for Record<'v> {
    type Reference = Record<'v>;
}

macro_rules! holds_reference {
    ($([$($parameter:tt)*] $value:ty, $at:tt: $part:ident;)*) => {$(
        impl<$part: HoldsReference<$at>, $($parameter)*> HoldsReference<$at> for $value {
            type Reference = $part::Reference;
        }
    )*};
}

macro_rules! holds_items {
    ($([$($parameter:tt)*] $value:ty;)*) => {$(
        impl<T: HoldsReference<AT>, $($parameter)* const AT: usize> HoldsReference<AT> for $value {
            type Reference = T::Reference;
        }
    )*};
}

holds_items! {
    [] Option<T>;
    [] Box<T>;
    [] Vec<T>;
    [] VecDeque<T>;
    [] BTreeSet<T>;
    [S,] HashSet<T, S>;
}

impl<T: HoldsReference<AT>, const N: usize, const AT: usize> HoldsReference<AT> for [T; N] {
    type Reference = T::Reference;
}

holds_reference! {
    [B] Top<B, A>, 1: A;
    [B] Result<A, B>, 0: A;
    [A] Result<A, B>, 1: B;
    [B] BTreeMap<A, B>, 0: A;
    [A] BTreeMap<A, B>, 1: B;
    [B, S] HashMap<A, B, S>, 0: A;
    [A, S] HashMap<A, B, S>, 1: B;
    [B] (A, B), 0: A;
    [A] (A, B), 1: B;
    [B, C] (A, B, C), 0: A;
    [A, C] (A, B, C), 1: B;
    [A, B] (A, B, C), 2: C;
    [B, C, D] (A, B, C, D), 0: A;
    [A, C, D] (A, B, C, D), 1: B;
    [A, B, D] (A, B, C, D), 2: C;
    [A, B, C] (A, B, C, D), 3: D;
    [B, C, D, E] (A, B, C, D, E), 0: A;
    [A, C, D, E] (A, B, C, D, E), 1: B;
    [A, B, D, E] (A, B, C, D, E), 2: C;
    [A, B, C, E] (A, B, C, D, E), 3: D;
    [A, B, C, D] (A, B, C, D, E), 4: E;
    [B, C, D, E, F] (A, B, C, D, E, F), 0: A;
    [A, C, D, E, F] (A, B, C, D, E, F), 1: B;
    [A, B, D, E, F] (A, B, C, D, E, F), 2: C;
    [A, B, C, E, F] (A, B, C, D, E, F), 3: D;
    [A, B, C, D, F] (A, B, C, D, E, F), 4: E;
    [A, B, C, D, E] (A, B, C, D, E, F), 5: F;
}

/// State of values with a reference in them.
pub trait LooksBorrowed<const AT: usize> {
    /// What is borrowed.
    type Part;
    /// What the state looks like.
    fn kind(self) -> (BorrowedFromRecord, PhantomData<Self::Part>);
}

macro_rules! borrowed_values {
    // Of what could not be saved this is said already.
    ($($at:literal: ($($refs:tt)+);)*) => {$(
        borrowed_values! { state: [K,] Keyed<K, V>, $at, ($($refs)+) }
        borrowed_values! { state: [K,] Keyed<K, Held<V>>, $at, ($($refs)+) }
        borrowed_values! { state: [K,] state::Owned<K, V>, $at, ($($refs)+) }
        borrowed_values! { state: [K,] Lane<K, CarriedValue<V>>, $at, ($($refs)+) }
        borrowed_values! { state: [] Single<V>, $at, ($($refs)+) }
        borrowed_values! { state: [] Single<Held<V>>, $at, ($($refs)+) }
        borrowed_values! { state: [] Gathered<AsIs, V>, $at, ($($refs)+) }
        borrowed_values! { state: [K,] Gathered<AsPair, (K, V)>, $at, ($($refs)+) }
        borrowed_values! { state: [] Values<V>, $at, ($($refs)+) }
        borrowed_values! { waiting: [] Turns<AsIs, V>, $at, ($($refs)+) }
        borrowed_values! { waiting: [K,] Turns<AsPair, (K, V)>, $at, ($($refs)+) }
    )*};
    (state: [$($key:tt)*] $state:ty, $at:literal, ($($refs:tt)+)) => {
        borrowed_values! { if: [$($key)*] $state, $at, ($($refs)+), [+ Stored] }
    };
    // What waits for its turn is never saved.
    (waiting: [$($key:tt)*] $state:ty, $at:literal, ($($refs:tt)+)) => {
        borrowed_values! { if: [$($key)*] $state, $at, ($($refs)+), [] }
    };
    (if: [$($key:tt)*] $state:ty, $at:literal, ($($refs:tt)+), [$($stored:tt)*]) => {
        impl<$($key)* V: HoldsReference<$at> $($stored)*, I> LooksBorrowed<$at>
            for $($refs)+ Outliving<'_, $state, I>
        {
            type Part = V::Reference;

            fn kind(self) -> (BorrowedFromRecord, PhantomData<V::Reference>) {
                (BorrowedFromRecord, PhantomData)
            }
        }
    };
}

/// Stands for values of which it has been looked already whether they can be saved: of those that cannot,
/// nothing more is said.
#[derive(Debug)]
pub struct SavedValues<V>(pub(in crate::private) PhantomData<V>);

macro_rules! borrowed_saved_values {
    ($($at:literal: ($($refs:tt)+);)*) => {$(
        impl<V: HoldsReference<$at> + Stored, I> LooksBorrowed<$at>
            for $($refs)+ Outliving<'_, SavedValues<V>, I>
        {
            type Part = V::Reference;

            fn kind(self) -> (BorrowedFromRecord, PhantomData<V::Reference>) {
                (BorrowedFromRecord, PhantomData)
            }
        }
    )*};
}

borrowed_saved_values! {
    0: (&&&&&&&&);
    1: (&&&&&&&);
    2: (&&&&&&);
    3: (&&&&&);
    4: (&&&&);
    5: (&&&);
}

borrowed_values! {
    0: (&&&&&&&&);
    1: (&&&&&&&);
    2: (&&&&&&);
    3: (&&&&&);
    4: (&&&&);
    5: (&&&);
}

/// State of the items as they were read, which are borrowed.
///
/// Only of those that could be saved: of the others this is said already.
pub trait LooksLikeItems {
    /// The items.
    type Item;
    /// What the state looks like.
    fn kind(self) -> (BorrowedFromRecord, PhantomData<Self::Item>);
}

macro_rules! values_of_items {
    ($([$($parameter:tt)*] $value:ty;)*) => {$(
        values_of_items! { state: [K, $($parameter)*] Keyed<K, $value> }
        values_of_items! { state: [K, $($parameter)*] Keyed<K, Held<$value>> }
        values_of_items! { state: [K, $($parameter)*] state::Owned<K, $value> }
        values_of_items! { state: [K, $($parameter)*] Lane<K, CarriedValue<$value>> }
        values_of_items! { state: [$($parameter)*] Single<$value> }
        values_of_items! { state: [$($parameter)*] Single<Held<$value>> }
        values_of_items! { state: [$($parameter)*] Gathered<AsIs, $value> }
        values_of_items! { state: [K, $($parameter)*] Gathered<AsPair, (K, $value)> }
        values_of_items! { state: [$($parameter)*] Values<$value> }
        values_of_items! { state: [$($parameter)*] SavedValues<$value> }
        values_of_items! { waiting: [$($parameter)*] Turns<AsIs, $value> }
        values_of_items! { waiting: [K, $($parameter)*] Turns<AsPair, (K, $value)> }
    )*};
    // What waits for its turn is never saved.
    (waiting: [$($parameter:tt)*] $state:ty) => {
        impl<I, $($parameter)*> LooksLikeItems for &&Outliving<'_, $state, I> {
            type Item = I;

            fn kind(self) -> (BorrowedFromRecord, PhantomData<I>) {
                (BorrowedFromRecord, PhantomData)
            }
        }
    };
    (state: [$($parameter:tt)*] $state:ty) => {
        impl<I: Stored, $($parameter)*> LooksLikeItems for &&Outliving<'_, $state, I> {
            type Item = I;

            fn kind(self) -> (BorrowedFromRecord, PhantomData<I>) {
                (BorrowedFromRecord, PhantomData)
            }
        }
    };
}

values_of_items! {
    [] I;
    [] Option<I>;
    [] Vec<I>;
    [W] (I, W);
}

/// A type that nothing has settled, as another mistake has kept that from happening.
///
/// It holds for two types that no value has, and so the compiler does not take an open one for either: it
/// stays open, and of that nothing is said where there is another mistake already.
pub trait Open {}

/// As [`Nobody`], so that there are two.
#[derive(Debug)]
pub struct NobodyElse(());

impl Open for Nobody {}
impl Open for NobodyElse {}

macro_rules! open_inside {
    ($([$($parameter:tt)*] $value:ty, $part:ident;)*) => {$(
        impl<$part: Open, $($parameter)*> Open for $value {}
    )*};
}

open_inside! {
    [] Option<T>, T;
    [] Box<T>, T;
    [] Vec<T>, T;
    [] VecDeque<T>, T;
    [] BTreeSet<T>, T;
    [S] HashSet<T, S>, T;
    [K] Top<K, T>, T;
}

/// State whose values nothing has settled.
pub trait LooksOpen {
    /// What the state looks like.
    fn kind(self) -> (Owned, PhantomData<()>);
}

macro_rules! open_values {
    ($([$($parameter:tt)*] $state:ty;)*) => {$(
        impl<$($parameter)* V: Open, I> LooksOpen for &&&&&&&&&Outliving<'_, $state, I> {
            fn kind(self) -> (Owned, PhantomData<()>) {
                (Owned, PhantomData)
            }
        }
    )*};
}

open_values! {
    [K,] Keyed<K, V>;
    [K,] Keyed<K, Held<V>>;
    [K,] state::Owned<K, V>;
    [K,] Lane<K, CarriedValue<V>>;
    [] Single<V>;
    [] Single<Held<V>>;
    [W,] Gathered<W, V>;
    [] Values<V>;
    [] SavedValues<V>;
    [W,] Turns<W, V>;
}

/// All other state.
pub trait LooksOwned {
    /// What the state looks like.
    fn kind(self) -> (Owned, PhantomData<()>);
}

impl<S, I> LooksOwned for &Outliving<'_, S, I> {
    fn kind(self) -> (Owned, PhantomData<()>) {
        (Owned, PhantomData)
    }
}

/// Values that outlive their record.
#[diagnostic::on_unimplemented(
    message = "a `{V}` cannot be kept as state: it is borrowed from the record",
    label = "this stage would keep a `{V}` after its batch is gone",
    note = "make it owned in front of this stage: a text with `.to_owned()`, as in \
            `map(|(key, value)| (key, value.to_owned()))`; in a struct, write `String` for `&str`",
    note = "keys may stay borrowed"
)]
pub trait Keepable<V>: Sized {
    /// Checks that state outlives its records. Which values it is of comes first: it is known first.
    fn keepable(_value: PhantomData<V>, _kind: Self) {}
}

#[diagnostic::do_not_recommend]
impl<V> Keepable<V> for Owned {}

// Of a part that nothing has settled nothing is said: it may be either of these.
#[diagnostic::do_not_recommend]
impl Keepable<Nobody> for BorrowedFromRecord {}

#[diagnostic::do_not_recommend]
impl Keepable<NobodyElse> for BorrowedFromRecord {}
