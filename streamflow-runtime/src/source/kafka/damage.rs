//! Words what is wrong with a batch, with the topic, the partition and the offset.

use crate::batch::{Breakage, Damage};
use crate::error::{Code, Error, Result};
use crate::source::PartitionName;

/// A batch that cannot be read.
pub(super) fn damaged(name: &PartitionName, damage: Damage) -> Error {
    let error = Error::new(Code::CorruptBatch, "a batch cannot be read").caused_by(damage);
    match damage.base_offset {
        Some(base_offset) => error.at(name.place(base_offset)),
        None => error.at(name),
    }
}

/// Whether the walk over records of a partition came to their end: a batch whose checksum is right
/// may have records that are not laid out as such.
pub(super) fn walked_whole(breakage: &Breakage, name: Option<&PartitionName>) -> Result<()> {
    let Some(base_offset) = breakage.take() else {
        return Ok(());
    };
    let what = format!(
        "batch at base offset {base_offset}: its checksum is right, but a record in it is not \
         laid out as one"
    );
    let error = Error::new(Code::CorruptBatch, what);
    Err(match name {
        Some(name) => error.at(name),
        None => error,
    })
}
