//! What two streams have for each key of the windows of a join: where windows overlap, where they are
//! of the items' own time, and where they are sessions.

use super::image::{Restored, Saved, Stored};
use super::key::KeptKey;
use super::keyed::Keyed;
use super::parts::Parts;
use super::sides::{BothSides, Sides};
use super::window::{EventWindows, Sessions, Windows};

/// Windows that overlap, of the clock.
#[derive(Debug)]
pub struct MovingSides<K, L, R>(pub Windows<K, Sides<L, R>>);

/// Windows of the items' own time.
#[derive(Debug)]
pub struct EventSides<K, L, R>(pub OfSides<K, Sides<L, R>>);

/// Sessions that the items of both streams are of, by the clock or their own time.
#[derive(Debug)]
pub struct SessionSides<K, L, R>(pub Sessions<K, Sides<L, R>>);

type OfSides<K, V> = EventWindows<Keyed<K, V>, Windows<K, V>>;

impl<K, L, R> Default for MovingSides<K, L, R> {
    fn default() -> Self {
        MovingSides(Windows::default())
    }
}

impl<K, L, R> Default for EventSides<K, L, R> {
    fn default() -> Self {
        EventSides(EventWindows::default())
    }
}

impl<K, L, R> Default for SessionSides<K, L, R> {
    fn default() -> Self {
        SessionSides(Sessions::default())
    }
}

macro_rules! kept_as_both_sides {
    ($($name:ident: $windows:ty;)*) => {$(
        impl<K: KeptKey, L: Stored, R: Stored> Saved for $name<K, L, R> {
            fn layout() -> String {
                <BothSides<K, L, R>>::layout()
            }

            fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
                self.0.write(parts)
            }

            fn shrink(&mut self) {
                self.0.shrink();
            }
        }

        impl<K: KeptKey, L: Stored, R: Stored> Restored for $name<K, L, R> {
            type Key = K;
            type Value = <$windows as Restored>::Value;

            fn layout_with(value: &str) -> String {
                <BothSides<K, L, R>>::layout_with(value)
            }

            fn with(entries: Vec<(K, Self::Value)>) -> Self {
                $name(<$windows>::with(entries))
            }
        }
    )*};
}

kept_as_both_sides! {
    MovingSides: Windows<K, Sides<L, R>>;
    EventSides: OfSides<K, Sides<L, R>>;
    SessionSides: Sessions<K, Sides<L, R>>;
}
