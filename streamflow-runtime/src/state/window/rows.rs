//! Windows of a key's last items, whatever their times: `over rows 100 by 10`.

use serde::{Deserialize, Serialize};

use super::Panes;
use crate::state::image::{Restored, Saved, Stored};
use crate::state::key::{KeptKey, Key};
use crate::state::keyed::{Keyed, Moved, Place, Stays};
use crate::state::parts::Parts;
use crate::state::since::Around;

/// The windows of the keys that one worker owns.
#[derive(Debug)]
pub struct RowWindows<K, V> {
    table: Keyed<K, RowsOfKey<V>>,
}

/// What a window has of one key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "V: Deserialize<'de>"))]
pub struct RowsOfKey<V> {
    n_rows: i64,
    /// All rows together, where windows follow each other.
    total: Option<V>,
    /// The rows one by one, where windows overlap.
    panes: Panes<V>,
}

/// The values of a key's rows.
#[derive(Debug)]
pub struct InRows;

impl Around for InRows {
    type Of<V: Stored> = RowsOfKey<V>;

    fn changed<Old: Stored, New: Stored>(
        whole: RowsOfKey<Old>,
        change: &impl Fn(Old) -> New,
    ) -> RowsOfKey<New> {
        RowsOfKey {
            n_rows: whole.n_rows,
            total: whole.total.map(change),
            panes: whole.panes.map(change),
        }
    }
}

impl<V> Default for RowsOfKey<V> {
    fn default() -> Self {
        RowsOfKey {
            n_rows: 0,
            total: None,
            panes: Panes::default(),
        }
    }
}

impl<K, V> Default for RowWindows<K, V> {
    fn default() -> Self {
        RowWindows {
            table: Keyed::default(),
        }
    }
}

impl<K: KeptKey, V> RowWindows<K, V> {
    fn of_key(&mut self, key: &K) -> &mut RowsOfKey<V> {
        match Key::place(&mut self.table, key.lend()) {
            Place::Known(known, _) => known,
            Place::New(new) => new.insert(RowsOfKey::default()),
        }
    }

    /// Adds a row; gives the result of so many, when they are together. The key goes with it.
    ///
    /// # Errors
    ///
    /// Values that cannot be combined; the row is left out.
    pub(crate) fn together<E>(
        &mut self,
        key: &K,
        row: V,
        size: i64,
        mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<Option<V>, E> {
        let of_key = self.of_key(key);
        match &mut of_key.total {
            Some(total) => combine(total, row)?,
            empty => *empty = Some(row),
        }
        of_key.n_rows += 1;
        if of_key.n_rows < size {
            return Ok(None);
        }
        let result = of_key.total.take();
        self.table.change(key, |_| Stays::No);
        Ok(result)
    }

    /// Adds a row; gives the result of the last `size` of them, if `step` have come since the last
    /// one.
    ///
    /// # Errors
    ///
    /// Values that cannot be combined.
    pub(crate) fn moving<E>(
        &mut self,
        key: &K,
        row: V,
        (size, step): (i64, i64),
        mut combine: impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<Option<V>, E>
    where
        V: Clone,
    {
        let RowsOfKey { n_rows, panes, .. } = self.of_key(key);
        panes.push(*n_rows, row, &mut combine)?;
        *n_rows += 1;
        panes.leave(*n_rows - size, &mut combine)?;
        if *n_rows % step == 0 {
            panes.total(&mut combine)
        } else {
            Ok(None)
        }
    }

    pub(crate) fn take_restored(&mut self) -> Vec<Moved<K, RowsOfKey<V>>> {
        self.table.take_restored()
    }

    /// Takes in what a checkpoint has of a key that this worker owns.
    pub(crate) fn restore(&mut self, moved: Moved<K, RowsOfKey<V>>) {
        let (_, of_key, restored) = self.table.moved_place(moved, RowsOfKey::default);
        *of_key = restored;
    }
}

impl<K: KeptKey, V: Stored> Saved for RowWindows<K, V> {
    fn layout() -> String {
        <Keyed<K, V>>::layout()
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        parts.entries(self.table.entries())
    }

    fn shrink(&mut self) {
        self.table.shrink();
    }
}

impl<K: KeptKey, V: Stored> Restored for RowWindows<K, V> {
    type Key = K;
    type Value = RowsOfKey<V>;

    fn layout_with(value: &str) -> String {
        <Keyed<K, V>>::layout_with(value)
    }

    fn with(entries: Vec<(K, RowsOfKey<V>)>) -> Self {
        RowWindows {
            table: Keyed::with_restored(entries),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[expect(
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        reason = "that is how values are combined"
    )]
    fn join(known: &mut String, other: String) -> Result<(), Infallible> {
        known.push_str(&other);
        Ok(())
    }

    proptest! {
        /// Combining by joining texts shows the order, and whether anything is missing or twice.
        #[test]
        fn window_has_the_last_rows_in_order(
            rows in vec("[a-z]", 1..60),
            size in 1_i64..20,
            step in 1_i64..20,
        ) {
            let mut windows: RowWindows<u8, String> = RowWindows::default();
            for (at, row) in rows.iter().enumerate() {
                let Ok(found) = windows.moving(&1, row.clone(), (size, step), join);
                let n_rows = i64::try_from(at).unwrap() + 1;
                let from = usize::try_from((n_rows - size).max(0)).unwrap();
                let expected = (n_rows % step == 0).then(|| rows[from..=at].concat());
                prop_assert_eq!(found, expected);
            }
        }
    }
}
