//! A table from keys to values, looked up by keys that are still borrowed from the batch.

mod place;

use std::hash::{BuildHasher, Hasher};
use std::hint::black_box;

use foldhash::SharedSeed;
use foldhash::fast::SeedableRandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::groups::owner;
use super::key::{KeptKey, Key};
use super::pages::Pages;
use place::{Later, New};
pub use place::{Place, Soon};

/// The keyed state of one stage on one worker.
#[derive(Debug)]
pub struct Keyed<K, V> {
    table: HashTable<(K, V), Pages>,
    hashing: SeedableRandomState,
    /// Values that are put in their places together, in the order in which they came. None waits
    /// longer than its batch of records.
    waiting: Vec<Waiting<K, V>>,
    /// What a checkpoint held, until the next merge: several workers' shares may fall to this
    /// one, and only the merge knows how two values of one key become one.
    restored: Vec<(K, V)>,
}

/// A value that is not in its place yet.
#[derive(Debug)]
struct Waiting<K, V> {
    hash: u64,
    key: K,
    value: V,
    /// The offset of its record.
    at: i64,
}

/// A value that could not be combined with that of its key.
#[derive(Debug)]
pub struct Unsettled<K, E> {
    /// Its key.
    pub key: K,
    /// The offset of its record.
    pub at: i64,
    /// Why not.
    pub cause: E,
}

/// An entry on its way from one table to another. All tables of a process hash alike.
#[derive(Debug)]
pub struct Moved<K, V> {
    hash: u64,
    key: K,
    value: V,
}

impl<K, V> Moved<K, V> {
    pub(super) fn key(&self) -> &K {
        &self.key
    }
}

impl<K: KeptKey, V> Moved<K, V> {
    /// The worker that owns the key.
    pub(crate) fn owner(&self, workers: usize) -> usize {
        owner(&self.key, workers)
    }
}

/// What is merged is of many records.
const NO_OFFSET: i64 = -1;

/// How many values are put in their places together: enough that the memory is always busy, and so
/// few that what was fetched for them is still there.
const TOGETHER: usize = 16;

/// The size in bytes from which on a table is taken not to fit the cache of a core.
const LARGE: usize = 8 << 20;

impl<K, V> Default for Keyed<K, V> {
    fn default() -> Self {
        Keyed {
            table: HashTable::new_in(Pages),
            hashing: hashing(),
            waiting: Vec::new(),
            restored: Vec::new(),
        }
    }
}

/// Every table of a process hashes alike, so that an entry moves to another with its hash; the seed
/// is random, so that nobody can send keys that collide.
fn hashing() -> SeedableRandomState {
    SeedableRandomState::with_seed(0, SharedSeed::global_random())
}

impl<K: KeptKey, V> Keyed<K, V> {
    pub(super) fn with_restored(restored: Vec<(K, V)>) -> Self {
        Keyed {
            restored,
            ..Self::default()
        }
    }

    /// The place of a key: its value, or room for one.
    #[inline]
    pub fn place<Q: Key<Kept = K>>(&mut self, key: Q) -> Place<'_, K, V> {
        let hashing = &self.hashing;
        let hash = hash_of(hashing, &key);
        let entry = self.table.entry(
            hash,
            |(kept, _)| key.is(kept),
            |(kept, _)| hash_of_kept(hashing, kept),
        );
        match entry {
            Entry::Occupied(known) => {
                let (key, value) = known.into_mut();
                Place::Known(value, key)
            }
            Entry::Vacant(vacant) => Place::New(New {
                vacant,
                kept: key.keep(),
            }),
        }
    }

    /// The same, but in a large table the value may wait for others.
    ///
    /// A look-up in a table that does not fit the cache waits for memory. Several at once wait
    /// only once: so keys that take no memory of their own are gathered, with their values and the
    /// offsets of their records, until `Later::put` or [`Keyed::settle`] puts them in their
    /// places.
    #[inline]
    pub fn place_soon<Q: Key<Kept = K>>(&mut self, key: Q, at: i64) -> Soon<'_, K, V> {
        if self.is_large()
            && let Some(kept) = key.keep_short()
        {
            let hash = hash_of(&self.hashing, &key);
            return Soon::Later(Later {
                table: self,
                hash,
                key: kept,
                at,
            });
        }
        Soon::Now(self.place(key))
    }

    fn is_large(&self) -> bool {
        self.table.num_buckets() * size_of::<(K, V)>() >= LARGE
    }

    /// Puts every value that waits in its place.
    ///
    /// # Errors
    ///
    /// The first value that could not be combined, which is left out. Those behind it still wait.
    pub fn settle<E>(
        &mut self,
        mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), Unsettled<K, E>> {
        self.fetch();
        let mut waiting = std::mem::take(&mut self.waiting);
        let mut rest = waiting.drain(..);
        let hashing = &self.hashing;
        while let Some(Waiting {
            hash,
            key,
            value,
            at,
        }) = rest.next()
        {
            let entry = self.table.entry(
                hash,
                |(kept, _)| key.is_same(kept),
                |(kept, _)| hash_of_kept(hashing, kept),
            );
            match entry {
                Entry::Occupied(known) => {
                    if let Err(cause) = combine(&mut known.into_mut().1, value) {
                        self.waiting = rest.collect();
                        return Err(Unsettled { key, at, cause });
                    }
                }
                Entry::Vacant(vacant) => {
                    vacant.insert((key, value));
                }
            }
        }
        drop(rest);
        self.waiting = waiting;
        Ok(())
    }

    /// Looks at the places where the keys that wait most likely are. No look depends on another,
    /// so that the memory serves them at once.
    #[inline]
    fn fetch(&self) {
        let Some(last) = self.table.num_buckets().checked_sub(1) else {
            return;
        };
        let mut found = 0usize;
        for Waiting { hash, key, .. } in &self.waiting {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the table uses the low bits"
            )]
            let home = *hash as usize & last;
            let is_there = self
                .table
                .get_bucket(home)
                .is_some_and(|(kept, _)| key.is_same(kept));
            found += usize::from(is_there);
        }
        black_box(found);
    }

    /// Takes every entry out that belongs to another worker, and everything that was restored.
    pub(crate) fn take_foreign(
        &mut self,
        worker: usize,
        workers: usize,
    ) -> impl Iterator<Item = (usize, Moved<K, V>)> + '_ {
        let hashing = &self.hashing;
        let restored = std::mem::take(&mut self.restored);
        let foreign = self
            .table
            .extract_if(move |(kept, _)| owner(kept, workers) != worker);
        foreign.chain(restored).map(move |(key, value)| {
            let hash = hash_of_kept(hashing, &key);
            (owner(&key, workers), Moved { hash, key, value })
        })
    }

    /// Takes what was restored from a checkpoint.
    pub(crate) fn take_restored(&mut self) -> Vec<Moved<K, V>> {
        let hashing = &self.hashing;
        let restored = std::mem::take(&mut self.restored).into_iter();
        let moved = restored.map(|(key, value)| {
            let hash = hash_of_kept(hashing, &key);
            Moved { hash, key, value }
        });
        moved.collect()
    }

    /// Adds what comes from another table; the last ones wait until [`settle`](Self::settle).
    ///
    /// # Errors
    ///
    /// As [`Keyed::settle`].
    pub(crate) fn merge<E>(
        &mut self,
        Moved { hash, key, value }: Moved<K, V>,
        combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), Unsettled<K, E>> {
        let at = NO_OFFSET;
        self.waiting.push(Waiting {
            hash,
            key,
            value,
            at,
        });
        if self.waiting.len() < TOGETHER {
            return Ok(());
        }
        self.settle(combine)
    }

    /// The same of an entry that comes from nowhere.
    ///
    /// # Errors
    ///
    /// As [`Keyed::settle`].
    pub(super) fn put<E>(
        &mut self,
        key: K,
        value: V,
        combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), Unsettled<K, E>> {
        let hash = hash_of_kept(&self.hashing, &key);
        self.merge(Moved { hash, key, value }, combine)
    }

    /// What is kept under a key, made where there is nothing yet.
    pub(super) fn kept_place(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let hashing = &self.hashing;
        let hash = hash_of_kept(hashing, &key);
        let entry = self.table.entry(
            hash,
            |(kept, _)| key.is_same(kept),
            |(kept, _)| hash_of_kept(hashing, kept),
        );
        let place = match entry {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(vacant) => vacant.insert((key, make())).into_mut(),
        };
        &mut place.1
    }

    /// How many keys are in their places.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// What is kept under the key of an entry, made where there is nothing yet; with the key, and
    /// what has come.
    pub(super) fn moved_place<W>(
        &mut self,
        Moved { hash, key, value }: Moved<K, W>,
        make: impl FnOnce() -> V,
    ) -> (&K, &mut V, W) {
        let hashing = &self.hashing;
        let entry = self.table.entry(
            hash,
            |(kept, _)| key.is_same(kept),
            |(kept, _)| hash_of_kept(hashing, kept),
        );
        let (key, kept) = match entry {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(vacant) => vacant.insert((key, make())).into_mut(),
        };
        (key, kept, value)
    }

    /// Changes what is kept under a key, if anything is; it goes where `change` says so.
    pub(super) fn change(&mut self, key: &K, change: impl FnOnce(&mut V) -> Stays) {
        let hash = hash_of_kept(&self.hashing, key);
        let known = self
            .table
            .find_entry(hash, |(kept, _)| key.is_same(kept))
            .ok();
        if let Some(mut known) = known
            && change(&mut known.get_mut().1) == Stays::No
        {
            known.remove();
        }
    }

    /// Takes everything out, and what was restored, to be moved; the table keeps its room.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Moved<K, V>> + '_ {
        let hashing = &self.hashing;
        let restored = std::mem::take(&mut self.restored);
        let all = self.table.drain().chain(restored);
        all.map(move |(key, value)| {
            let hash = hash_of_kept(hashing, &key);
            Moved { hash, key, value }
        })
    }

    /// Keeps the entries for which `keep` says so.
    ///
    /// # Errors
    ///
    /// The first entry for which it cannot tell, which is taken out.
    pub(super) fn retain<E>(
        &mut self,
        mut keep: impl FnMut(&mut V) -> Result<bool, E>,
    ) -> Result<(), Unsettled<K, E>> {
        let mut failed = None;
        let out = self.table.extract_if(|(_, value)| {
            if failed.is_some() {
                return false;
            }
            match keep(value) {
                Ok(keeps) => !keeps,
                Err(cause) => {
                    failed = Some(cause);
                    true
                }
            }
        });
        let last = out.last();
        match (failed, last) {
            (Some(cause), Some((key, _))) => {
                let at = NO_OFFSET;
                Err(Unsettled { key, at, cause })
            }
            (_, _) => Ok(()),
        }
    }

    /// What is kept under a key.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        let hash = hash_of_kept(&self.hashing, key);
        let found = self.table.find(hash, |(kept, _)| key.is_same(kept))?;
        Some(&found.1)
    }

    /// Takes out what is kept under a key.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let hash = hash_of_kept(&self.hashing, key);
        let found = self.table.find_entry(hash, |(kept, _)| key.is_same(kept));
        let ((_, value), _) = found.ok()?.remove();
        Some(value)
    }

    /// What is kept under a key, if anything is.
    pub(super) fn known(&mut self, key: &K) -> Option<&mut V> {
        let hash = hash_of_kept(&self.hashing, key);
        let known = self.table.find_mut(hash, |(kept, _)| key.is_same(kept));
        known.map(|(_, value)| value)
    }

    /// Takes out the entries for which `out` says so.
    pub(super) fn extract<'t>(
        &'t mut self,
        mut out: impl FnMut(&V) -> bool + 't,
    ) -> impl Iterator<Item = (K, V)> + 't {
        self.table.extract_if(move |(_, value)| out(value))
    }

    /// Everything that is in its place, to be changed.
    pub(super) fn entries_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> + '_ {
        self.table.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// Whether there is nothing, in its place or on its way there.
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty() && self.restored.is_empty() && self.waiting.is_empty()
    }

    /// Gives back the room that is not needed for what is kept.
    pub(super) fn make_small(&mut self) {
        let hashing = &self.hashing;
        self.table
            .shrink_to_fit(|(kept, _)| hash_of_kept(hashing, kept));
        self.waiting.shrink_to_fit();
        self.restored.shrink_to_fit();
    }

    /// Takes everything out; the table keeps its room.
    pub fn drain(&mut self) -> impl Iterator<Item = (K, V)> + '_ {
        self.table.drain()
    }

    /// Everything that is kept.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&K, &V)> + '_ {
        let known = self.table.iter().map(|(key, value)| (key, value));
        let restored = self.restored.iter().map(|(key, value)| (key, value));
        known.chain(restored)
    }
}

/// Whether an entry stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stays {
    Yes,
    No,
}

#[inline]
fn hash_of(hashing: &SeedableRandomState, key: &impl Key) -> u64 {
    let mut hasher = hashing.build_hasher();
    key.hash_into(&mut hasher);
    hasher.finish()
}

#[inline]
fn hash_of_kept(hashing: &SeedableRandomState, key: &impl KeptKey) -> u64 {
    let mut hasher = hashing.build_hasher();
    key.hash_kept(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Compact;

    fn add(table: &mut Keyed<(Compact<str>, u32), u64>, key: (&str, u32)) {
        match table.place(key) {
            Place::Known(count, _) => *count += 1,
            Place::New(new) => {
                new.insert(1);
            }
        }
    }

    #[test]
    fn borrowed_and_kept_keys_meet() {
        let mut table = Keyed::default();
        add(&mut table, ("a", 1));
        add(&mut table, (String::from("a").as_str(), 1));
        add(&mut table, ("a", 2));
        let mut found: Vec<_> = table
            .drain()
            .map(|((text, number), count)| (text.get().to_owned(), number, count))
            .collect();
        found.sort();
        assert_eq!(found, [("a".to_owned(), 1, 2), ("a".to_owned(), 2, 1)]);
    }

    #[test]
    fn every_key_has_one_owner() {
        let mut table = Keyed::default();
        for n in 0..1_000 {
            add(&mut table, ("user", n));
        }
        let foreign = table.take_foreign(0, 3).count();
        assert!(
            (500..800).contains(&foreign),
            "{foreign} of 1000 are for the two others"
        );
        assert!(
            table.take_foreign(0, 3).next().is_none(),
            "the rest is its own"
        );
    }

    /// So wide that few of them make a table large.
    type Wide = [u64; 32];

    fn sum(known: &mut Wide, more: Wide) -> Result<(), &'static str> {
        known[0] = known[0].checked_add(more[0]).ok_or("too much")?;
        Ok(())
    }

    fn put(
        table: &mut Keyed<u64, Wide>,
        key: u64,
        number: u64,
    ) -> Result<(), Unsettled<u64, &'static str>> {
        let mut value = [0; 32];
        value[0] = number;
        let at = i64::try_from(key).expect("a small key");
        match table.place_soon(key, at) {
            Soon::Now(Place::Known(known, _)) => {
                sum(known, value).map_err(|cause| Unsettled { key, at, cause })
            }
            Soon::Now(Place::New(new)) => {
                new.insert(value);
                Ok(())
            }
            Soon::Later(later) => later.put(value, sum),
        }
    }

    const KEYS: u64 = 40_000;

    fn large() -> Keyed<u64, Wide> {
        let mut table = Keyed::default();
        for key in 0..KEYS {
            put(&mut table, key, 1).expect("one");
        }
        assert!(table.is_large());
        table.settle(sum).expect("one");
        table
    }

    #[test]
    fn large_table_holds_every_value_once_it_has_settled() {
        let mut table = large();
        for key in (0..KEYS).chain(5..10) {
            put(&mut table, key, key).expect("a small sum");
        }
        assert!(!table.waiting.is_empty(), "some wait");
        table.settle(sum).expect("a small sum");
        let mut found: Vec<_> = table.drain().map(|(key, value)| (key, value[0])).collect();
        found.sort_unstable();
        let expected: Vec<_> = (0..KEYS)
            .map(|key| (key, 1 + key * if (5..10).contains(&key) { 2 } else { 1 }))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn value_that_does_not_fit_is_named_and_those_behind_it_are_kept() {
        let mut table = large();
        for (key, number) in [(1, 1), (2, u64::MAX), (3, 1), (4, u64::MAX), (5, 1)] {
            put(&mut table, key, number).expect("they wait");
        }
        for key in [2, 4] {
            let unsettled = table.settle(sum).expect_err("too much");
            assert_eq!((unsettled.key, unsettled.cause), (key, "too much"));
            assert_eq!(unsettled.at, i64::try_from(key).expect("a small key"));
        }
        table.settle(sum).expect("the rest fits");
        let mut found: Vec<_> = table.drain().map(|(key, value)| (key, value[0])).collect();
        found.sort_unstable();
        let first: Vec<_> = found.iter().take(6).map(|(_, sum)| *sum).collect();
        assert_eq!(first, [1, 2, 1, 2, 1, 2]);
    }
}
