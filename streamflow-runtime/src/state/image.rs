//! State as bytes for a checkpoint, and back.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::key::KeptKey;
use super::keyed::Keyed;
use super::layout;
use super::parts::Parts;
use super::rows::{Row, RowsState};
use super::single::Single;
use crate::checkpoint::StatePart;

/// A value that can be kept between batches, saved in a checkpoint and sent to another worker.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be kept as state",
    label = "this stage would keep a `{Self}` after its batch is gone, and save it in checkpoints",
    note = "state is saved in checkpoints, and moves between threads: it derives `serde::Serialize` and `serde::Deserialize`, and is `Send`",
    note = "and it outlives the records: a text is kept with `.to_owned()`, a struct has `String` in place of `&str`; keys may stay borrowed"
)]
pub trait Stored: Serialize + DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<V: Serialize + DeserializeOwned + Send + 'static> Stored for V {}

/// State that a checkpoint can hold.
pub trait Saved {
    /// What is kept, in words: `keyed str -> u64`. A checkpoint fits a job if the words agree.
    fn layout() -> String;

    /// Writes what is kept.
    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error>;

    /// Gives back room that was taken for more than is kept now.
    fn shrink(&mut self) {}
}

/// State made from what a checkpoint holds.
pub trait Restored: Saved + Default {
    /// What values are kept under; `()`, which has no bytes, where there are no keys.
    type Key: DeserializeOwned;
    /// What is kept.
    type Value: DeserializeOwned;

    /// The layout of the same state with values of another layout.
    fn layout_with(value: &str) -> String;

    /// The state that keeps these entries.
    fn with(entries: Vec<(Self::Key, Self::Value)>) -> Self;
}

impl<K: KeptKey, V: Stored> Saved for Keyed<K, V> {
    fn layout() -> String {
        Self::layout_with(&layout::of::<V>())
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        parts.entries(self.entries())
    }

    fn shrink(&mut self) {
        self.make_small();
    }
}

impl<K: KeptKey, V: Stored> Restored for Keyed<K, V> {
    type Key = K;
    type Value = V;

    fn layout_with(value: &str) -> String {
        format!("keyed {} -> {value}", layout::of::<K>())
    }

    fn with(entries: Vec<(K, V)>) -> Self {
        Keyed::with_restored(entries)
    }
}

impl<V: Stored> Saved for Single<V> {
    fn layout() -> String {
        Self::layout_with(&layout::of::<V>())
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        parts.whole(&self.entries())
    }
}

impl<V: Stored> Restored for Single<V> {
    type Key = ();
    type Value = V;

    fn layout_with(value: &str) -> String {
        format!("single {value}")
    }

    fn with(entries: Vec<((), V)>) -> Self {
        Single::with_restored(entries.into_iter().map(|((), value)| value).collect())
    }
}

impl Saved for RowsState {
    fn layout() -> String {
        "rows".to_owned()
    }

    fn write(&self, parts: &mut Parts) -> Result<(), postcard::Error> {
        parts.whole(&self.rows)
    }
}

impl Restored for RowsState {
    type Key = ();
    type Value = Row;

    fn layout_with(_value: &str) -> String {
        Self::layout()
    }

    fn with(entries: Vec<((), Row)>) -> Self {
        RowsState {
            rows: entries.into_iter().map(|((), row)| row).collect(),
            rendered: Vec::new(),
        }
    }
}

/// What is kept, as the parts of a checkpoint.
pub(crate) fn parts_of<S: Saved>(state: &S) -> Result<Vec<StatePart>, postcard::Error> {
    let mut parts = Parts::bytes();
    state.write(&mut parts)?;
    parts.into_parts()
}

/// Reads the shares of several workers.
pub(crate) fn entries<K: DeserializeOwned, V: DeserializeOwned>(
    parts: &[&[u8]],
) -> Result<Vec<(K, V)>, postcard::Error> {
    let mut all = Vec::new();
    for part in parts {
        let (entries, rest): (Vec<(K, V)>, &[u8]) = postcard::take_from_bytes(part)?;
        if !rest.is_empty() {
            // Less was read than was written: every entry may be wrong.
            return Err(postcard::Error::SerdeDeCustom);
        }
        all.extend(entries);
    }
    Ok(all)
}

/// Whether a part can be read again.
///
/// The bytes carry no names: a value that leaves a field out (`skip_serializing_if`) shifts all
/// that stands behind it, which may even seem to be read. So what was read is written once more;
/// only the lengths are compared, as sets and maps may come out in another order.
pub(crate) fn can_be_read_again<S: Restored>(part: &[u8]) -> bool {
    let weight = entries(&[part]).and_then(|entries| {
        let mut scales = Parts::scales();
        S::with(entries).write(&mut scales)?;
        Ok(scales.into_weight())
    });
    // A list begins with the number of its entries.
    let bytes = weight.and_then(|weight| {
        let count = postcard::experimental::serialized_size(&weight.n_entries)?;
        Ok(count + weight.bytes)
    });
    bytes.is_ok_and(|bytes| bytes == part.len())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use serde::Deserialize;

    use super::super::keyed::Place;
    use super::*;
    use crate::state::{Compact, Held, Mean};

    #[derive(Serialize, Deserialize)]
    struct Skipping {
        #[serde(skip_serializing_if = "Option::is_none")]
        first: Option<u8>,
        second: u8,
    }

    #[derive(Serialize, Deserialize)]
    struct Flattened {
        #[serde(flatten)]
        others: BTreeMap<String, u8>,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(u8),
    }

    fn single<V: Stored>(value: V) -> Single<V> {
        Single::with(vec![((), value)])
    }

    fn is_read_again<V: Stored>(value: V) -> bool {
        let parts = parts_of(&single(value));
        parts.is_ok_and(|parts| can_be_read_again::<Single<V>>(&parts[0].bytes))
    }

    #[test]
    fn image_holds_everything_and_restores_it_for_the_next_merge() {
        let mut table: Keyed<Compact<str>, u64> = Keyed::default();
        for key in ["a", "b"] {
            if let Place::New(new) = table.place(key) {
                new.insert(7);
            }
        }
        let parts = parts_of(&table).expect("entries can be written");
        let groups: Vec<_> = parts.iter().map(|part| part.group).collect();
        assert_eq!(groups.len(), 2, "each in its group: {groups:?}");
        let parts: Vec<_> = parts.iter().map(|part| &*part.bytes).collect();
        let read = entries(&[&*parts, &*parts].concat()).expect("entries can be read");
        let mut restored: Keyed<Compact<str>, u64> = Keyed::with(read);
        assert_eq!(restored.entries().count(), 4);
        assert_eq!(restored.take_restored().len(), 4);
    }

    #[test]
    fn layout_is_in_the_words_of_the_user() {
        assert_eq!(
            <Keyed<(Compact<str>, u32), u64>>::layout(),
            "keyed (str, u32) -> u64"
        );
        assert_eq!(
            <Single<Mean>>::layout(),
            "single Mean { sum: f64, count: u64 }"
        );
    }

    #[test]
    fn closure_in_the_place_of_a_sign_finds_its_state() {
        assert_eq!(<Single<Held<u64>>>::layout(), <Single<u64>>::layout());
        let parts = parts_of(&single(7u64)).expect("a number can be written");
        let read: Vec<((), Held<u64>)> = entries(&[&parts[0].bytes]).expect("a number can be read");
        assert_eq!(read[0].1.clone().into_inner(), Some(7));
    }

    #[test]
    fn value_that_cannot_be_read_again_is_found_out() {
        assert!(is_read_again(HashSet::from([1u8, 2, 3])));
        assert!(is_read_again(Skipping {
            first: Some(1),
            second: 2
        }));
        for second in [0, 1, 2, 200] {
            let first = None;
            assert!(!is_read_again(Skipping { first, second }), "{second}");
        }
        assert!(!is_read_again(Untagged::Number(1)));
        assert!(!is_read_again(Flattened {
            others: BTreeMap::from([("a".to_owned(), 1)])
        }));
    }
}
