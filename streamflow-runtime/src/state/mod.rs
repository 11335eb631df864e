//! What a job keeps between its records: worker-local, merged at the trigger, saved as bytes.

mod combine;
mod image;
mod key;
mod keyed;
mod mailbox;
mod rows;
mod single;

pub use combine::{Combine, Extreme, Mean, Number, Overflow, Plus, Times};
pub use image::{Restored, Saved, Stored};
pub use key::{KeptKey, Key};
pub use keyed::{Keyed, Place};
pub use mailbox::Mailbox;
pub use rows::{Row, RowsState};
pub use single::Single;

use serde::{Deserialize, Serialize};

/// A value that a closure takes and gives back: it leaves its place while the closure has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Held<V>(Option<V>);

impl<V> Held<V> {
    /// Puts a value in.
    pub fn new(value: V) -> Self {
        Held(Some(value))
    }

    /// Replaces the value by what `change` makes of it.
    #[inline]
    pub fn replace(&mut self, change: impl FnOnce(V) -> V) {
        // If `change` panics the place stays empty; the run ends then, and the state with it.
        if let Some(value) = self.0.take() {
            self.0 = Some(change(value));
        }
    }

    /// Takes the value out.
    pub fn into_inner(self) -> Option<V> {
        self.0
    }
}
