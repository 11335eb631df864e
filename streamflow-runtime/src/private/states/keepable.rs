//! Finds state that is borrowed from the record, and says so in the user's words.
//!
//! Left to itself the Rust compiler reports such state in terms of loops and lifetimes of the
//! generated code. Here it is found by method look-up, as types without lifetimes see it.

use std::marker::PhantomData;

use crate::state::{Held, Keyed, Single};

/// State to be looked at. `(&&&Looked(&state)).kind()` finds out whether it is borrowed: the open
/// case is tried first, then the borrowed ones, then the rest.
#[derive(Debug)]
pub struct Looked<'s, S>(pub &'s S);

/// The values of the state are borrowed.
#[derive(Debug)]
pub struct Borrowed;

/// Nothing about the values looks borrowed.
#[derive(Debug)]
pub struct Owned;

/// State of borrowed values.
pub trait LooksBorrowed {
    /// The values.
    type Value;
    /// What the state looks like.
    fn kind(self) -> (Borrowed, PhantomData<Self::Value>);
}

macro_rules! borrowed_values {
    ($([$($parameter:tt)*] $value:ty, of $shown:ty;)*) => {$(
        borrowed_values! { state: [K, $($parameter)*] Keyed<K, $value>, $shown }
        borrowed_values! { state: [K, $($parameter)*] Keyed<K, Held<$value>>, $shown }
        borrowed_values! { state: [$($parameter)*] Single<$value>, $shown }
        borrowed_values! { state: [$($parameter)*] Single<Held<$value>>, $shown }
    )*};
    (state: [$($parameter:tt)*] $state:ty, $value:ty) => {
        impl<'v, $($parameter)*> LooksBorrowed for &&Looked<'_, $state> {
            type Value = $value;

            fn kind(self) -> (Borrowed, PhantomData<$value>) {
                (Borrowed, PhantomData)
            }
        }
    };
}

borrowed_values! {
    [V: ?Sized] &'v V, of &'v V;
    [V: ?Sized] Option<&'v V>, of &'v V;
    [V: ?Sized] Vec<&'v V>, of &'v V;
    [V: ?Sized, W] (&'v V, W), of (&'v V, W);
}

/// Stands for a type that is still open: nothing else has it.
#[derive(Debug)]
pub struct Nobody(());

/// State whose values nothing has settled, as another mistake has kept that from happening.
pub trait LooksOpen {
    /// What the state looks like.
    fn kind(self) -> (Owned, PhantomData<()>);
}

macro_rules! open_values {
    ($([$($parameter:ident)?] $state:ty;)*) => {$(
        impl<$($parameter)?> LooksOpen for &&&Looked<'_, $state> {
            fn kind(self) -> (Owned, PhantomData<()>) {
                (Owned, PhantomData)
            }
        }
    )*};
}

open_values! {
    [K] Keyed<K, Nobody>;
    [K] Keyed<K, Held<Nobody>>;
    [] Single<Nobody>;
    [] Single<Held<Nobody>>;
}

/// All other state.
pub trait LooksOwned {
    /// What the state looks like.
    fn kind(self) -> (Owned, PhantomData<()>);
}

impl<S> LooksOwned for &Looked<'_, S> {
    fn kind(self) -> (Owned, PhantomData<()>) {
        (Owned, PhantomData)
    }
}

/// Values that outlive their record.
#[diagnostic::on_unimplemented(
    message = "a `{V}` cannot be kept as state: it is borrowed from the record",
    label = "this stage would keep a `{V}` after its batch is gone",
    note = "make the value owned in front of this stage, as in `map(|(key, value)| (key, value.to_owned()))`",
    note = "keys may stay borrowed"
)]
pub trait Keepable<V>: Sized {
    /// Checks that state outlives its records. Which values it is of comes first: it is known first.
    fn keepable(_value: PhantomData<V>, _kind: Self) {}
}

#[diagnostic::do_not_recommend]
impl<V> Keepable<V> for Owned {}
