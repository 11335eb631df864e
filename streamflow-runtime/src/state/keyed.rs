//! A table from keys to values, looked up by keys that are still borrowed from the batch.

use std::hash::{BuildHasher, Hasher};

use foldhash::SharedSeed;
use foldhash::fast::SeedableRandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::key::{KeptKey, Key};

/// The keyed state of one stage on one worker.
#[derive(Debug)]
pub struct Keyed<K, V> {
    table: HashTable<(K, V)>,
    hashing: SeedableRandomState,
    /// What a checkpoint held, until the next merge: several workers' shares may fall to this
    /// one, and only the merge knows how two values of one key become one.
    restored: Vec<(K, V)>,
}

impl<K, V> Default for Keyed<K, V> {
    fn default() -> Self {
        Keyed {
            table: HashTable::new(),
            hashing: hashing(),
            restored: Vec::new(),
        }
    }
}

/// Every table of a process hashes alike, so that workers agree on who owns a key; the seed is
/// random, so that nobody can send keys that collide.
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
            |(kept, _)| hash_of(hashing, &kept.lend()),
        );
        match entry {
            Entry::Occupied(known) => Place::Known(&mut known.into_mut().1),
            Entry::Vacant(vacant) => Place::New(New {
                vacant,
                kept: key.keep(),
            }),
        }
    }

    /// Takes every entry out that belongs to another worker, and everything that was restored.
    pub(crate) fn take_foreign(
        &mut self,
        worker: usize,
        workers: usize,
    ) -> impl Iterator<Item = (usize, (K, V))> + '_ {
        let hashing = &self.hashing;
        let owner = move |kept: &K| owner_of(hash_of(hashing, &kept.lend()), workers);
        let restored = std::mem::take(&mut self.restored);
        let foreign = self
            .table
            .extract_if(move |(kept, _)| owner(kept) != worker);
        foreign
            .chain(restored)
            .map(move |entry| (owner(&entry.0), entry))
    }

    /// Takes what was restored from a checkpoint.
    pub(crate) fn take_restored(&mut self) -> Vec<(K, V)> {
        std::mem::take(&mut self.restored)
    }

    /// Takes everything out; the table keeps its room.
    pub fn drain(&mut self) -> impl Iterator<Item = (K, V)> + '_ {
        self.table.drain()
    }

    /// Everything that is kept.
    pub(super) fn entries(&self) -> impl ExactSizeIterator<Item = (&K, &V)> + '_ {
        let known = self.table.iter().map(|(key, value)| (key, value));
        let restored = self.restored.iter().map(|(key, value)| (key, value));
        Counted {
            left: self.table.len() + self.restored.len(),
            entries: known.chain(restored),
        }
    }
}

/// The place of a key in a table.
#[derive(Debug)]
pub enum Place<'t, K, V> {
    /// The key's value.
    Known(&'t mut V),
    /// Room for the value of a new key.
    New(New<'t, K, V>),
}

/// Room for the value of a new key.
#[derive(Debug)]
pub struct New<'t, K, V> {
    vacant: hashbrown::hash_table::VacantEntry<'t, (K, V)>,
    kept: K,
}

impl<'t, K, V> New<'t, K, V> {
    /// Keeps the key with its first value.
    pub fn insert(self, value: V) -> &'t mut V {
        &mut self.vacant.insert((self.kept, value)).into_mut().1
    }
}

#[inline]
fn hash_of(hashing: &SeedableRandomState, key: &impl Key) -> u64 {
    let mut hasher = hashing.build_hasher();
    key.hash_into(&mut hasher);
    hasher.finish()
}

/// The worker that owns a key: high bits, as the table uses the low ones.
fn owner_of(hash: u64, workers: usize) -> usize {
    let scaled = u128::from(hash) * workers as u128;
    usize::try_from(scaled >> 64).unwrap_or(0)
}

/// An iterator that knows how many entries are left, which a chain does not promise.
struct Counted<I> {
    left: usize,
    entries: I,
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.left = self.left.saturating_sub(1);
        self.entries.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<I: Iterator> ExactSizeIterator for Counted<I> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(table: &mut Keyed<(Box<str>, u32), u64>, key: (&str, u32)) {
        match table.place(key) {
            Place::Known(count) => *count += 1,
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
        let mut found: Vec<_> = table.drain().collect();
        found.sort();
        assert_eq!(found, [(("a".into(), 1), 2), (("a".into(), 2), 1)]);
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
}
