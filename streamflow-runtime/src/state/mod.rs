//! What a job keeps between its records: worker-local, merged at the trigger, saved as bytes.

mod accumulate;
mod combine;
mod gathered;
mod image;
mod key;
mod keyed;
mod lane;
mod layout;
mod mailbox;
mod owned;
mod pages;
mod placed;
mod rows;
mod shape;
mod sides;
mod since;
mod single;
mod top;
mod updated;
mod window;

pub use accumulate::{Accumulate, Counted, Greatest, Least, Summed};
pub use combine::{Amount, Bits, Combine, Extreme, Mean, Number, Overflow, Plus, Summand, Times};
pub use gathered::{AsIs, AsKey, AsPair, Gathered, Keeps, Lends, Place as GatheredAt};
pub use image::{Restored, Saved, Stored};
pub(crate) use image::{can_be_read_again, entries};
pub use key::{Compact, KeptKey, Key};
pub use keyed::{Keyed, Moved, Place, Soon, Unsettled};
pub(crate) use lane::At;
pub use lane::{Carried, CarriedBytes, CarriedText, CarriedValue, Lane, Sent};
pub use mailbox::Mailbox;
pub use owned::{Aged, Owned};
pub use placed::RecordPlace;
pub use rows::{Row, RowsState};
pub use shape::{Layout, List, Map, Maybe, Named, Words};
pub(crate) use sides::sides;
pub use sides::{BothSides, MeetingKey, Sides};
pub use since::{Becomes, First, Former, LeadingTo, Migrations, Then, Unread};
pub use single::Single;
pub use top::{RankedKey, Ranking, Top};
pub(crate) use updated::add_value;
pub use updated::{Known, States};
pub(crate) use window::Grid;
pub use window::{Ended, EventWindows, Panes, SingleWindow, Windows};

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

/// A value that a closure takes and gives back: it leaves its place while the closure has it.
///
/// A checkpoint keeps it as the value alone: a sign may become a closure and find its state.
#[derive(Debug, Clone)]
pub struct Held<V>(Option<V>);

impl<V: Serialize> Serialize for Held<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(value) => value.serialize(serializer),
            None => Err(ser::Error::custom("a closure has not given the value back")),
        }
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Held<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        V::deserialize(deserializer).map(Held::new)
    }
}

impl<V> Held<V> {
    /// Puts a value in.
    pub fn new(value: V) -> Self {
        Held(Some(value))
    }

    /// Replaces the value by what `change` makes of it.
    #[inline]
    pub fn replace(&mut self, change: impl FnOnce(V) -> V) {
        // If `change` panics the place stays empty; the run ends then, and the state with it.
        if let Some(value) = self.0.take() {
            self.0 = Some(change(value));
        }
    }

    /// Takes the value out.
    pub fn into_inner(self) -> Option<V> {
        self.0
    }
}
