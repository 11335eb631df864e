//! What a job keeps between its records: worker-local, merged at the trigger, saved as bytes.

mod accumulate;
mod cap;
mod combine;
mod gathered;
mod groups;
mod homing;
mod image;
mod interval;
mod key;
mod keyed;
mod lane;
mod layout;
mod mailbox;
mod owned;
mod pages;
mod parts;
mod placed;
mod rows;
mod running;
mod shape;
mod sides;
mod sides_windows;
mod since;
mod single;
mod sketch;
mod timers;
mod top;
mod turns;
mod updated;
mod versions;
mod waiting;
mod window;

pub use accumulate::{Accumulate, Counted, Greatest, Least, Summed};
pub use combine::{Amount, Bits, Combine, Extreme, Mean, Number, Overflow, Plus, Summand, Times};
pub use gathered::{AsIs, AsKey, AsPair, Gathered, Keeps, Lends, Place as GatheredAt};
pub(crate) use groups::{owner_of_group, stable_hash};
pub use homing::Homing;
pub use image::{Restored, Saved, Stored};
pub(crate) use image::{can_be_read_again, entries, parts_of};
pub(crate) use interval::Reach;
pub use interval::{IntervalJoin, Nearby, OfSide};
pub use key::{Compact, KeptKey, Key};
pub use keyed::{Keyed, Moved, Place, Soon, Unsettled};
pub(crate) use lane::At;
pub use lane::{Carried, CarriedBytes, CarriedText, CarriedValue, Lane, Sent};
pub(crate) use layout::of as layout_of;
pub use mailbox::Mailbox;
pub use owned::{Age, Aged, Gone, Owned, Use};
pub use parts::Parts;
pub(crate) use parts::Weight;
pub use placed::RecordPlace;
pub use rows::{Row, RowsState};
pub use running::Slot;
pub use shape::{KnownLayout, List, Map, Maybe, Named, Words};
pub(crate) use sides::sides;
pub use sides::{BothSides, MeetingKey, Sides};
pub use sides_windows::{EventSides, MovingSides, SessionSides};
pub(crate) use since::migrated;
pub use since::{
    Around, Bare, Becomes, First, Former, InHeld, LeadingTo, Migrations, Taker, Then, Unread,
};
pub use single::Single;
pub use sketch::{Distinct, Frequent, FrequentKey, Quantiles};
pub use timers::{InEventTime, OnTheClock, Processes, Timed, TimerTime, Timers};
pub use top::{RankedKey, Ranking, Top};
pub use turns::{HandedOn, Stands, Turned, Turns};
pub(crate) use updated::add_value;
pub use updated::{InStates, Known, States};
pub use versions::{InVersions, Versions};
pub use waiting::{InWaiting, Waited, Waiting};
pub use window::{
    BySession, ByWindow, Ended, EventWindows, Grid, InEventWindows, InRows, InSessions,
    InSessionsOfChanges, InSliding, InWindows, InWindowsOfChanges, Panes, RowWindows, RowsOfKey,
    SessionRule, Sessions, SessionsOfChanges, SessionsOfKey, SingleWindow, SlidingOfKey,
    SlidingWindows, Windows, WindowsOfChanges,
};
pub(crate) use window::{IsLate, slot_in_session, slot_in_window};

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

    /// Makes another value of it.
    pub(crate) fn map<W>(self, change: impl FnOnce(V) -> W) -> Held<W> {
        Held(self.0.map(change))
    }
}
