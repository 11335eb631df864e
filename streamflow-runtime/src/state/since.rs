//! Reads state that a former version of the job has saved: `state counts migrate v1 -> v2 (f)`.
//!
//! The migrations of one state are a chain, `Since<Since<Now, f>, g>`: each link reads what its own
//! closure takes, or lets the links before it make that of something older.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::Held;
use super::image::{Stored, entries};
use super::layout;

/// State as a checkpoint holds it, of an older version than the job's.
#[derive(Debug)]
pub struct Former<'i> {
    /// The version.
    pub(crate) version: u32,
    /// The layout, in words.
    pub(crate) layout: &'i str,
    /// The layout that it would have with values of this layout.
    pub(crate) layout_with: fn(&str) -> String,
    /// The bytes, as several workers have left them.
    pub(crate) parts: &'i [&'i [u8]],
}

/// Why former state was not read.
#[derive(Debug)]
pub enum Unread {
    /// No migration takes this version.
    NoMigration,
    /// The migration takes values of another layout.
    Layout {
        /// The layout that it takes.
        taken: String,
    },
    /// The bytes do not hold what the layout says.
    Damaged(postcard::Error),
}

/// The migrations of one state, from the oldest version that is known.
pub trait Migrations<V> {
    /// Reads every entry, and brings its value to the present version.
    fn read<K: DeserializeOwned>(&self, former: &Former<'_>) -> Result<Vec<(K, V)>, Unread>;
}

/// No migrations: what is known is the present version alone.
#[derive(Debug)]
pub struct Now;

impl<V> Migrations<V> for Now {
    fn read<K: DeserializeOwned>(&self, _former: &Former<'_>) -> Result<Vec<(K, V)>, Unread> {
        Err(Unread::NoMigration)
    }
}

/// One migration, behind those of older versions.
#[derive(Debug)]
pub struct Since<Before, Old, F> {
    before: Before,
    /// The version that the closure takes.
    from: u32,
    change: F,
    takes: PhantomData<fn(Old)>,
}

impl<Before, Old, F> Since<Before, Old, F> {
    pub(crate) fn new(before: Before, from: u32, change: F) -> Self {
        Since {
            before,
            from,
            change,
            takes: PhantomData,
        }
    }
}

impl<Before, Old, V, F> Migrations<V> for Since<Before, Old, F>
where
    Before: Migrations<Old>,
    Old: Stored,
    F: Fn(Old) -> V,
{
    fn read<K: DeserializeOwned>(&self, former: &Former<'_>) -> Result<Vec<(K, V)>, Unread> {
        let old: Vec<(K, Old)> = if former.version == self.from {
            let taken = (former.layout_with)(&layout::of::<Old>());
            if former.layout != taken {
                return Err(Unread::Layout { taken });
            }
            entries(former.parts).map_err(Unread::Damaged)?
        } else {
            self.before.read(former)?
        };
        let changed = old.into_iter();
        Ok(changed
            .map(|(key, value)| (key, (self.change)(value)))
            .collect())
    }
}

/// The same migrations for values that a closure combines.
#[derive(Debug)]
pub(crate) struct OfHeld<M>(pub(crate) M);

impl<V, M: Migrations<V>> Migrations<Held<V>> for OfHeld<M> {
    fn read<K: DeserializeOwned>(&self, former: &Former<'_>) -> Result<Vec<(K, Held<V>)>, Unread> {
        let read = self.0.read(former)?.into_iter();
        Ok(read.map(|(key, value)| (key, Held::new(value))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Restored, Saved, Single};

    fn former<'i>(version: u32, layout: &'i str, parts: &'i [&'i [u8]]) -> Former<'i> {
        Former {
            version,
            layout,
            layout_with: <Single<u8>>::layout_with,
            parts,
        }
    }

    fn chain() -> impl Migrations<String> {
        let to_v2 = Since::new(Now, 1, |old: u8| u64::from(old) + 100);
        Since::new(to_v2, 2, |old: u64| format!("<{old}>"))
    }

    fn values(former: &Former<'_>) -> Result<Vec<String>, Unread> {
        let read = chain().read::<()>(former)?;
        Ok(read.into_iter().map(|((), value)| value).collect())
    }

    #[test]
    fn every_older_version_is_brought_to_the_present_one() {
        let v1 = Single::with(vec![((), 7u8)]).image().unwrap();
        let v2 = Single::with(vec![((), 7u64)]).image().unwrap();
        assert_eq!(
            values(&former(1, "single u8", &[&v1, &v1])).unwrap().len(),
            2
        );
        assert_eq!(values(&former(1, "single u8", &[&v1])).unwrap(), ["<107>"]);
        assert_eq!(values(&former(2, "single u64", &[&v2])).unwrap(), ["<7>"]);
    }

    #[test]
    fn other_layout_and_unknown_version_are_not_read() {
        let unread = values(&former(1, "single u16", &[])).unwrap_err();
        assert!(matches!(unread, Unread::Layout { taken } if taken == "single u8"));
        let unread = values(&former(9, "single u8", &[])).unwrap_err();
        assert!(matches!(unread, Unread::NoMigration));
        let unread = values(&former(1, "single u8", &[&[1]])).unwrap_err();
        assert!(matches!(unread, Unread::Damaged(_)));
    }
}
