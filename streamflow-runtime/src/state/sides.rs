//! What two streams have for each key, until they meet.

use serde::{Deserialize, Serialize};

use super::image::{Restored, Saved, Stored};
use super::key::{KeptKey, Key};
use super::keyed::{Keyed, Place};
use super::lane::Lane;
use super::layout;
use super::parts::Parts;
use super::placed::{Placed, RecordPlace};

/// The values of both sides for each key of an interval, on one worker.
#[derive(Debug)]
pub struct BothSides<K, L, R> {
    /// Key by key.
    pub table: Keyed<K, Sides<L, R>>,
}

/// The values of both sides for one key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sides<L, R> {
    left: Placed<L>,
    right: Placed<R>,
}

impl<K, L, R> Default for BothSides<K, L, R> {
    fn default() -> Self {
        BothSides {
            table: Keyed::default(),
        }
    }
}

impl<L, R> Default for Sides<L, R> {
    fn default() -> Self {
        Sides {
            left: Placed::default(),
            right: Placed::default(),
        }
    }
}

impl<L, R> Sides<L, R> {
    /// Adds a value of the left side.
    #[inline]
    pub(crate) fn add_left(&mut self, place: RecordPlace, value: L) {
        self.left.push(place, value);
    }

    /// Adds a value of the right side.
    #[inline]
    pub(crate) fn add_right(&mut self, place: RecordPlace, value: R) {
        self.right.push(place, value);
    }

    /// Whether the right side has had the key.
    pub(crate) fn has_right(&self) -> bool {
        !self.right.is_empty()
    }

    /// Adds what another worker has for the key.
    pub(crate) fn append(&mut self, other: Self) {
        self.left.append(other.left);
        self.right.append(other.right);
    }

    /// The values of both sides, each in the order of their records.
    pub(crate) fn into_values(self) -> (Vec<L>, Vec<R>) {
        (self.left.into_values(), self.right.into_values())
    }
}

/// What is kept under a key that may be new.
#[inline]
pub(crate) fn sides<K, L, R>(place: Place<'_, K, Sides<L, R>>) -> &mut Sides<L, R> {
    match place {
        Place::Known(known, _) => known,
        Place::New(new) => new.insert(Sides::default()),
    }
}

/// A key under which the items of one side of a join wait for those of the other.
///
/// What the keys of the other side are kept as is `K`: both are alike, or nothing would ever meet.
#[diagnostic::on_unimplemented(
    message = "the items of two streams meet where their keys are equal, and here they cannot be: \
               the keys of one are `{Self}`",
    label = "the keys of the two streams are of different types, or cannot be keys",
    note = "make them alike in front, as in `key_by(|item| item.user_id)`, or \
            `map(|(key, value)| (key.to_string(), value))`",
    note = "keys are strings, bytes, whole numbers, `bool`, `char`, and tuples or `Option`s of them; \
            for a type of your own: `#[derive(streamflow::Key)]`"
)]
pub trait MeetingKey<K>: Sized {
    /// The place of the key among those of both sides.
    fn place<V>(table: &mut Keyed<K, V>, key: Self) -> Place<'_, K, V>;

    /// The key as both sides keep it, on its way to its owner. The way is asked for, as it tells what the
    /// keys of the other side are.
    fn kept<S>(way: &Lane<K, S>, key: Self) -> K;
}

#[diagnostic::do_not_recommend]
impl<Q: Key<Kept = K>, K: KeptKey> MeetingKey<K> for Q {
    #[inline]
    fn place<V>(table: &mut Keyed<K, V>, key: Q) -> Place<'_, K, V> {
        table.place(key)
    }

    #[inline]
    fn kept<S>(_way: &Lane<K, S>, key: Q) -> K {
        key.keep()
    }
}

/// No key is kept as this: with a second impl in sight, the compiler compares the keys of both sides
/// before it says what they are.
#[derive(Debug)]
pub struct NoKey;

/// Nothing.
pub trait Never: Sized {
    /// The place of what is never there.
    fn nowhere<V>(self, table: &mut Keyed<NoKey, V>) -> Place<'_, NoKey, V>;
}

#[diagnostic::do_not_recommend]
impl<Q: Never> MeetingKey<NoKey> for Q {
    fn place<V>(table: &mut Keyed<NoKey, V>, key: Q) -> Place<'_, NoKey, V> {
        key.nowhere(table)
    }

    fn kept<S>(_way: &Lane<NoKey, S>, _key: Q) -> NoKey {
        NoKey
    }
}

impl<K: KeptKey, L: Stored, R: Stored> Saved for BothSides<K, L, R> {
    fn layout() -> String {
        let (left, right) = (layout::of::<L>(), layout::of::<R>());
        Self::layout_with(&format!("([{left}], [{right}])"))
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        self.table.write(parts)
    }

    fn shrink(&mut self) {
        self.table.shrink();
    }
}

impl<K: KeptKey, L: Stored, R: Stored> Restored for BothSides<K, L, R> {
    type Key = K;
    type Value = Sides<L, R>;

    fn layout_with(value: &str) -> String {
        <Keyed<K, Sides<L, R>>>::layout_with(value)
    }

    fn with(entries: Vec<(K, Sides<L, R>)>) -> Self {
        BothSides {
            table: Keyed::with(entries),
        }
    }
}
