//! Where a key stands in a table: at once, or together with others that are looked up.

use hashbrown::hash_table::VacantEntry;

use super::{Keyed, TOGETHER, Unsettled, Waiting};
use crate::state::key::KeptKey;
use crate::state::pages::Pages;

/// The place of a key in a table.
#[derive(Debug)]
pub enum Place<'t, K, V> {
    /// The key's value; and the key as it is kept, for what is to be said of it.
    Known(&'t mut V, &'t K),
    /// Room for the value of a new key.
    New(New<'t, K, V>),
}

/// The place of a key, now or together with others.
#[derive(Debug)]
pub enum Soon<'t, K, V> {
    /// Its place.
    Now(Place<'t, K, V>),
    /// Room among the values that wait.
    Later(Later<'t, K, V>),
}

/// Room for a value among those that wait.
#[derive(Debug)]
pub struct Later<'t, K, V> {
    pub(super) table: &'t mut Keyed<K, V>,
    pub(super) hash: u64,
    pub(super) key: K,
    pub(super) at: i64,
}

impl<K: KeptKey, V> Later<'_, K, V> {
    /// Lets the value wait; where enough of them do, all are put in their places.
    ///
    /// # Errors
    ///
    /// As [`Keyed::settle`].
    #[inline]
    pub fn put<E>(
        self,
        value: V,
        combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), Unsettled<K, E>> {
        let Later {
            table,
            hash,
            key,
            at,
        } = self;
        table.waiting.push(Waiting {
            hash,
            key,
            value,
            at,
        });
        if table.waiting.len() < TOGETHER {
            return Ok(());
        }
        table.settle(combine)
    }
}

/// Room for the value of a new key.
#[derive(Debug)]
pub struct New<'t, K, V> {
    pub(super) vacant: VacantEntry<'t, (K, V), Pages>,
    pub(super) kept: K,
}

impl<'t, K, V> New<'t, K, V> {
    /// Keeps the key with its first value.
    pub fn insert(self, value: V) -> &'t mut V {
        &mut self.vacant.insert((self.kept, value)).into_mut().1
    }
}
