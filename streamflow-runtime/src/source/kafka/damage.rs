//! Words what is wrong with a batch, with the topic, the partition and the offset.

use crate::batch::Damage;
use crate::error::{Code, Error};
use crate::source::PartitionName;

/// A batch that cannot be read.
pub(super) fn damaged(name: &PartitionName, damage: Damage) -> Error {
    let error = Error::new(Code::CorruptBatch, "a batch cannot be read").caused_by(damage);
    match damage.base_offset {
        Some(base_offset) => error.at(name.place(base_offset)),
        None => error.at(name),
    }
}

/// A batch whose checksum is right, and whose records are not laid out as such.
pub(super) fn broken(name: Option<&PartitionName>, base_offset: i64) -> Error {
    let what = format!(
        "batch at base offset {base_offset}: its checksum is right, but a record in it is not \
         laid out as one"
    );
    let error = Error::new(Code::CorruptBatch, what);
    match name {
        Some(name) => error.at(name),
        None => error,
    }
}
