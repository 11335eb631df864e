//! State as bytes for a checkpoint, and back.

use std::any::type_name;

use serde::de::DeserializeOwned;
use serde::ser::{Serialize, Serializer};

use super::key::KeptKey;
use super::keyed::Keyed;
use super::rows::{Row, RowsState};
use super::single::Single;
use crate::names;

/// A value that can be kept between batches, saved in a checkpoint and sent to another worker.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be kept as state",
    label = "this stage would keep a `{Self}` after its batch is gone, and save it in checkpoints",
    note = "state is owned, `Send`, and derives `serde::Serialize` and `serde::Deserialize`",
    note = "what is borrowed from the record becomes owned with `.to_owned()`; keys may stay borrowed"
)]
pub trait Stored: Serialize + DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<V: Serialize + DeserializeOwned + Send + 'static> Stored for V {}

/// State that a checkpoint can hold.
pub trait Saved {
    /// What is kept, in words: `keyed str -> u64`. A checkpoint fits a job if the words agree.
    fn layout() -> String;

    /// What is kept, as bytes.
    fn image(&self) -> Result<Vec<u8>, postcard::Error>;
}

/// State made from what a checkpoint holds.
pub trait Restored: Saved + Default {
    /// Reads the shares of several workers.
    fn restore(parts: &[&[u8]]) -> Result<Self, postcard::Error>;
}

impl<K: KeptKey, V: Stored> Saved for Keyed<K, V> {
    fn layout() -> String {
        format!(
            "keyed {} -> {}",
            names::short(type_name::<K>()),
            names::short(type_name::<V>())
        )
    }

    fn image(&self) -> Result<Vec<u8>, postcard::Error> {
        struct Entries<'a, K, V>(&'a Keyed<K, V>);
        impl<K: KeptKey, V: Stored> Serialize for Entries<'_, K, V> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.0.entries())
            }
        }
        postcard::to_stdvec(&Entries(self))
    }
}

impl<K: KeptKey, V: Stored> Restored for Keyed<K, V> {
    fn restore(parts: &[&[u8]]) -> Result<Self, postcard::Error> {
        Ok(Keyed::with_restored(concatenated(parts)?))
    }
}

impl<V: Stored> Saved for Single<V> {
    fn layout() -> String {
        format!("single {}", names::short(type_name::<V>()))
    }

    fn image(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(&self.entries())
    }
}

impl<V: Stored> Restored for Single<V> {
    fn restore(parts: &[&[u8]]) -> Result<Self, postcard::Error> {
        Ok(Single::with_restored(concatenated(parts)?))
    }
}

impl Saved for RowsState {
    fn layout() -> String {
        "rows".to_owned()
    }

    fn image(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(&self.rows)
    }
}

impl Restored for RowsState {
    fn restore(parts: &[&[u8]]) -> Result<Self, postcard::Error> {
        Ok(RowsState {
            rows: concatenated::<Row>(parts)?,
        })
    }
}

fn concatenated<T: DeserializeOwned>(parts: &[&[u8]]) -> Result<Vec<T>, postcard::Error> {
    let mut all = Vec::new();
    for part in parts {
        let entries: Vec<T> = postcard::from_bytes(part)?;
        all.extend(entries);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::super::keyed::Place;
    use super::*;

    #[test]
    fn image_holds_everything_and_restores_it_for_the_next_merge() {
        let mut table: Keyed<Box<str>, u64> = Keyed::default();
        for key in ["a", "b"] {
            if let Place::New(new) = table.place(key) {
                new.insert(7);
            }
        }
        let image = table.image().expect("entries can be written");
        let mut restored: Keyed<Box<str>, u64> =
            Keyed::restore(&[&image, &image]).expect("entries can be read");
        assert_eq!(restored.entries().len(), 4);
        assert_eq!(restored.take_restored().len(), 4);
    }

    #[test]
    fn layout_is_in_the_words_of_the_user() {
        assert_eq!(
            <Keyed<(Box<str>, u32), u64>>::layout(),
            "keyed (str, u32) -> u64"
        );
        assert_eq!(<Single<f64>>::layout(), "single f64");
    }
}
