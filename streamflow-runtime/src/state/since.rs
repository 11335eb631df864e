//! Reads state that a former version of the job has saved: `state counts migrate v1 -> v2 (f)`.
//!
//! The migrations of one state are a chain, `Then<First<f>, g>`: each link reads what its own
//! closure takes, or lets the links before it make that of something older.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

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

/// What a migration gives is what the next one takes, or what the stage keeps.
#[diagnostic::on_unimplemented(
    message = "this migration gives a `{Self}`, and a `{V}` is wanted",
    label = "it leads to a `{Self}`, not to a `{V}`",
    note = "the last migration of a state gives what its stage keeps, each other one what the next one takes"
)]
pub trait Becomes<V> {
    /// The same value.
    fn become_it(self) -> V;
}

#[diagnostic::do_not_recommend]
impl<V> Becomes<V> for V {
    fn become_it(self) -> V {
        self
    }
}

/// No state is of this type: with a second impl in sight, the compiler lets the stages say what is
/// kept, and finds a mistake in the migration and not in them.
#[derive(Debug)]
pub struct Nothing<V>(V);

#[diagnostic::do_not_recommend]
impl<V> Becomes<Nothing<V>> for V {
    fn become_it(self) -> Nothing<V> {
        Nothing(self)
    }
}

/// What an entry has beside the value that is migrated.
pub trait Around {
    /// The whole entry of a key.
    type Of<V: Stored>: DeserializeOwned;
    /// The entry without the value.
    type Rest;

    /// Takes the value out; nothing where there is none.
    fn apart<V: Stored>(whole: Self::Of<V>) -> Option<(Self::Rest, V)>;
}

/// Nothing: the entry is the value.
#[derive(Debug)]
pub(super) struct Bare;

impl Around for Bare {
    type Of<V: Stored> = V;
    type Rest = ();

    fn apart<V: Stored>(whole: V) -> Option<((), V)> {
        Some(((), whole))
    }
}

/// Keys with what is beside their values, and the values.
pub(super) type EntriesRead<K, A, V> = Result<Vec<((K, <A as Around>::Rest), V)>, Unread>;

/// Migrations of one state, one behind the other.
pub trait Migrations {
    /// What the last one gives.
    type Given;

    /// Reads every entry, and brings its value to the version behind the last migration.
    fn read<K: DeserializeOwned, A: Around>(
        &self,
        former: &Former<'_>,
    ) -> EntriesRead<K, A, Self::Given>;
}

/// The migration of the oldest version that is known.
#[derive(Debug)]
pub struct First<Old, New, F> {
    /// The version that the closure takes.
    from: u32,
    change: F,
    types: PhantomData<fn(Old) -> New>,
}

impl<Old, New, F> First<Old, New, F> {
    pub(crate) fn new(from: u32, change: F) -> Self {
        First {
            from,
            change,
            types: PhantomData,
        }
    }
}

impl<Old: Stored, New, F: Fn(Old) -> New> Migrations for First<Old, New, F> {
    type Given = New;

    fn read<K: DeserializeOwned, A: Around>(&self, former: &Former<'_>) -> EntriesRead<K, A, New> {
        if former.version != self.from {
            return Err(Unread::NoMigration);
        }
        let taken = (former.layout_with)(&layout::of::<Old>());
        if former.layout != taken {
            return Err(Unread::Layout { taken });
        }
        let old: Vec<(K, A::Of<Old>)> = entries(former.parts).map_err(Unread::Damaged)?;
        let apart = old.into_iter().filter_map(|(key, whole)| {
            let (rest, value) = A::apart(whole)?;
            Some(((key, rest), value))
        });
        Ok(changed(apart.collect(), &self.change))
    }
}

/// A migration behind others.
#[derive(Debug)]
pub struct Then<Before: Migrations, Old, New, F> {
    before: Before,
    given_is_old: fn(Before::Given) -> Old,
    own: First<Old, New, F>,
}

impl<Before: Migrations, Old, New, F> Then<Before, Old, New, F> {
    pub(crate) fn new(before: Before, from: u32, change: F) -> Self
    where
        Before::Given: Becomes<Old>,
    {
        Then {
            before,
            given_is_old: Becomes::become_it,
            own: First::new(from, change),
        }
    }
}

impl<Before, Old, New, F> Migrations for Then<Before, Old, New, F>
where
    Before: Migrations,
    Old: Stored,
    F: Fn(Old) -> New,
{
    type Given = New;

    fn read<K: DeserializeOwned, A: Around>(&self, former: &Former<'_>) -> EntriesRead<K, A, New> {
        if former.version == self.own.from {
            return self.own.read::<K, A>(former);
        }
        let old = changed(self.before.read::<K, A>(former)?, &self.given_is_old);
        Ok(changed(old, &self.own.change))
    }
}

/// Migrations that lead to what a stage keeps.
#[derive(Debug)]
pub struct LeadingTo<M: Migrations, V> {
    migrations: M,
    given_is_kept: fn(M::Given) -> V,
}

impl<M: Migrations, V> LeadingTo<M, V> {
    pub(crate) fn new(migrations: M) -> Self
    where
        M::Given: Becomes<V>,
    {
        LeadingTo {
            migrations,
            given_is_kept: Becomes::become_it,
        }
    }

    /// Reads every entry, and brings its value to the present version.
    pub(crate) fn read<K: DeserializeOwned>(
        &self,
        former: &Former<'_>,
    ) -> Result<Vec<(K, V)>, Unread> {
        let read = self.read_around::<K, Bare>(former)?.into_iter();
        Ok(read.map(|((key, ()), value)| (key, value)).collect())
    }

    /// The same of entries that have more in them than the value.
    pub(crate) fn read_around<K: DeserializeOwned, A: Around>(
        &self,
        former: &Former<'_>,
    ) -> EntriesRead<K, A, V> {
        let read = self.migrations.read::<K, A>(former)?;
        Ok(changed(read, &self.given_is_kept))
    }
}

fn changed<K, Old, New>(entries: Vec<(K, Old)>, change: &impl Fn(Old) -> New) -> Vec<(K, New)> {
    let entries = entries.into_iter();
    entries.map(|(key, value)| (key, change(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Restored, Single, parts_of};

    fn former<'i>(version: u32, layout: &'i str, parts: &'i [&'i [u8]]) -> Former<'i> {
        Former {
            version,
            layout,
            layout_with: <Single<u8>>::layout_with,
            parts,
        }
    }

    fn chain() -> LeadingTo<impl Migrations<Given = String>, String> {
        let to_v2 = First::<u8, u64, _>::new(1, |old| u64::from(old) + 100);
        let to_v3 = Then::<_, u64, String, _>::new(to_v2, 2, |old| format!("<{old}>"));
        LeadingTo::new(to_v3)
    }

    fn values(former: &Former<'_>) -> Result<Vec<String>, Unread> {
        let read = chain().read::<()>(former)?;
        Ok(read.into_iter().map(|((), value)| value).collect())
    }

    #[test]
    fn every_older_version_is_brought_to_the_present_one() {
        let v1 = &*parts_of(&Single::with(vec![((), 7u8)])).unwrap()[0].bytes;
        let v2 = &*parts_of(&Single::with(vec![((), 7u64)])).unwrap()[0].bytes;
        assert_eq!(values(&former(1, "single u8", &[v1, v1])).unwrap().len(), 2);
        assert_eq!(values(&former(1, "single u8", &[v1])).unwrap(), ["<107>"]);
        assert_eq!(values(&former(2, "single u64", &[v2])).unwrap(), ["<7>"]);
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
