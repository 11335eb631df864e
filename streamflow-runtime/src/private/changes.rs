//! Finds a variable of the function around the job that a stage's closure changes.
//!
//! The macro sees that a method such as `insert` is called on it, and not what it is: that is found
//! by method look-up, as views of items are. Left to itself the Rust compiler speaks of closures
//! that are not the user's.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque};
use std::fs::File;
use std::io::{BufWriter, Write};

/// A variable on which a method is called that may change it: `(&&Touched(&seen)).kind()`.
#[derive(Debug)]
pub struct Touched<'v, V: ?Sized>(pub &'v V);

/// The method changes the variable.
#[derive(Debug)]
pub struct Changed;

/// It may be one that workers share, such as a map made for that.
#[derive(Debug)]
pub struct Shared;

/// Variables that such a method needs for itself alone.
pub trait TouchedAlone {
    /// What happens to the variable.
    fn kind(self) -> Changed;
}

macro_rules! alone {
    ($([$($parameter:tt)*] $ty:ty;)*) => {$(
        impl<$($parameter)*> TouchedAlone for &&Touched<'_, $ty> {
            fn kind(self) -> Changed {
                Changed
            }
        }
    )*};
}

alone! {
    [] String;
    [] File;
    [T] Vec<T>;
    [T] VecDeque<T>;
    [T] BinaryHeap<T>;
    [T] BTreeSet<T>;
    [T, S] HashSet<T, S>;
    [K, V] BTreeMap<K, V>;
    [K, V, S] HashMap<K, V, S>;
    [W: Write] BufWriter<W>;
}

/// All other variables.
pub trait TouchedByMany {
    /// What happens to the variable.
    fn kind(self) -> Shared;
}

impl<V: ?Sized> TouchedByMany for &Touched<'_, V> {
    fn kind(self) -> Shared {
        Shared
    }
}

/// What may happen to a variable outside of the job.
#[diagnostic::on_unimplemented(
    message = "a stage cannot change a variable that lives outside the job",
    label = "this `{V}` would be changed by several workers at once",
    note = "aggregate instead: `distinct every 1s`, `count_by_key every 1s` and `group_by_key every 1s` keep what has come",
    note = "or let the workers share it: put it in a `Mutex`, and write `.lock()` in the closure"
)]
pub trait Harmless<V: ?Sized>: Sized {
    /// Checks that a variable is not changed.
    #[inline]
    fn touched(_variable: &V, _kind: Self) {}
}

#[diagnostic::do_not_recommend]
impl<V: ?Sized> Harmless<V> for Shared {}
