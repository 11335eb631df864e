//! Reads state that a former version of the job has saved: `state counts migrate v1 -> v2 (f)`.
//!
//! The migrations of one state are a chain, `Then<First<f>, g>`: each link reads what its own
//! closure takes, or lets the links before it make that of something older.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::image::{Stored, entries};
use super::{Held, layout};

/// State as a checkpoint holds it, of an older version than the job's.
#[expect(
    missing_debug_implementations,
    reason = "a closure in it shows nothing"
)]
pub struct Former<'i> {
    /// The version.
    pub(crate) version: u32,
    /// The layout, in words.
    pub(crate) layout: &'i str,
    /// The layout that it would have with values of this layout.
    pub(crate) layout_with: &'i dyn Fn(&str) -> String,
    /// The bytes, as several workers have left them.
    pub(crate) parts: &'i [&'i [u8]],
}

impl Former<'_> {
    /// Whether it has values of this layout.
    pub(super) fn is_laid_out(&self, value: &str) -> Result<(), Unread> {
        let taken = (self.layout_with)(value);
        if self.layout == taken {
            Ok(())
        } else {
            Err(Unread::Layout { taken })
        }
    }
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

/// Where in an entry the values are that are migrated. All else in it stays as it is.
pub trait Around {
    /// The whole entry of a key.
    type Of<V: Stored>: DeserializeOwned;

    /// The layout of what stands in the place of a value of this layout.
    fn layout_with(value: &str) -> String {
        value.to_owned()
    }

    /// Brings every value in an entry to another version.
    fn changed<Old: Stored, New: Stored>(
        whole: Self::Of<Old>,
        change: &impl Fn(Old) -> New,
    ) -> Self::Of<New>;
}

/// Nothing: the entry is the value.
#[derive(Debug)]
pub struct Bare;

impl Around for Bare {
    type Of<V: Stored> = V;

    fn changed<Old: Stored, New: Stored>(whole: Old, change: &impl Fn(Old) -> New) -> New {
        change(whole)
    }
}

/// The values are those that a closure combines.
#[derive(Debug)]
pub struct InHeld<A>(PhantomData<A>);

impl<A: Around> Around for InHeld<A> {
    type Of<V: Stored> = A::Of<Held<V>>;

    fn layout_with(value: &str) -> String {
        A::layout_with(value)
    }

    fn changed<Old: Stored, New: Stored>(
        whole: A::Of<Held<Old>>,
        change: &impl Fn(Old) -> New,
    ) -> A::Of<Held<New>> {
        A::changed(whole, &|held: Held<Old>| held.map(change))
    }
}

/// What is done with values of the type that a version kept.
pub trait Taker<V: Stored> {
    /// What comes of it.
    type Taken;

    /// Takes the type, and what brings a value of it to the present version.
    fn take<Old: Stored>(self, change: &impl Fn(Old) -> V) -> Self::Taken;
}

/// Migrations of one state, one behind the other.
pub trait Migrations {
    /// What the last one gives.
    type Given;

    /// The versions that the first and the last of them take.
    fn versions(&self) -> (u32, u32);

    /// Finds the migration that takes what was kept in a version, which is not behind the last one.
    fn since<V: Stored, T: Taker<V>>(
        &self,
        version: u32,
        then: &impl Fn(Self::Given) -> V,
        taker: T,
    ) -> T::Taken;
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

    fn versions(&self) -> (u32, u32) {
        (self.from, self.from)
    }

    fn since<V: Stored, T: Taker<V>>(
        &self,
        _version: u32,
        then: &impl Fn(New) -> V,
        taker: T,
    ) -> T::Taken {
        taker.take(&|old: Old| then((self.change)(old)))
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
    pub(crate) fn new(
        before: Before,
        from: u32,
        change: F,
        given_is_old: fn(Before::Given) -> Old,
    ) -> Self {
        Then {
            before,
            given_is_old,
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

    fn versions(&self) -> (u32, u32) {
        (self.before.versions().0, self.own.from)
    }

    fn since<V: Stored, T: Taker<V>>(
        &self,
        version: u32,
        then: &impl Fn(New) -> V,
        taker: T,
    ) -> T::Taken {
        if version > self.before.versions().1 {
            return self.own.since(version, then, taker);
        }
        let own = |given| then((self.own.change)((self.given_is_old)(given)));
        self.before.since(version, &own, taker)
    }
}

/// Migrations that lead to what a stage keeps.
#[derive(Debug)]
pub struct LeadingTo<M: Migrations, V> {
    migrations: M,
    given_is_kept: fn(M::Given) -> V,
}

impl<M: Migrations, V> LeadingTo<M, V> {
    pub(crate) fn new(migrations: M, given_is_kept: fn(M::Given) -> V) -> Self {
        LeadingTo {
            migrations,
            given_is_kept,
        }
    }
}

impl<M: Migrations, V: Stored> LeadingTo<M, V> {
    /// Finds the type that was kept in a version.
    fn since<T: Taker<V>>(&self, version: u32, taker: T) -> T::Taken {
        self.migrations.since(version, &self.given_is_kept, taker)
    }
}

/// What was read of the keys.
type Entries<K, W> = Result<Vec<(K, W)>, Unread>;

/// Reads every entry, and brings its values to the present version.
pub(crate) fn migrated<K: DeserializeOwned, A: Around, V: Stored>(
    former: &Former<'_>,
    migrations: &LeadingTo<impl Migrations, V>,
) -> Entries<K, A::Of<V>> {
    let (first, last) = migrations.migrations.versions();
    if !(first..=last).contains(&former.version) {
        return Err(Unread::NoMigration);
    }
    migrations.since(
        former.version,
        Whole::<K, A> {
            former,
            types: PhantomData,
        },
    )
}

/// Reads entries with values of one type.
struct Whole<'f, K, A> {
    former: &'f Former<'f>,
    types: PhantomData<fn() -> (K, A)>,
}

impl<K: DeserializeOwned, A: Around, V: Stored> Taker<V> for Whole<'_, K, A> {
    type Taken = Entries<K, A::Of<V>>;

    fn take<Old: Stored>(self, change: &impl Fn(Old) -> V) -> Self::Taken {
        let former = self.former;
        former.is_laid_out(&A::layout_with(&layout::of::<Old>()))?;
        let old: Vec<(K, A::Of<Old>)> = entries(former.parts).map_err(Unread::Damaged)?;
        let old = old.into_iter();
        Ok(old
            .map(|(key, whole)| (key, A::changed(whole, change)))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Restored, Single, parts_of};

    fn former<'i>(version: u32, layout: &'i str, parts: &'i [&'i [u8]]) -> Former<'i> {
        Former {
            version,
            layout,
            layout_with: &<Single<u8>>::layout_with,
            parts,
        }
    }

    fn chain() -> LeadingTo<impl Migrations<Given = String>, String> {
        let to_v2 = First::<u8, u64, _>::new(1, |old| u64::from(old) + 100);
        let to_v3 = Then::new(to_v2, 2, |old: u64| format!("<{old}>"), Becomes::become_it);
        LeadingTo::new(to_v3, Becomes::become_it)
    }

    fn values(former: &Former<'_>) -> Result<Vec<String>, Unread> {
        let read = migrated::<(), Bare, String>(former, &chain())?;
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
