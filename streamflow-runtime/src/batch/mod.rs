//! Record batches (format v2) as bytes: written whole, checked once, walked without copying.
//!
//! ```text
//! batch   base offset i64 · length i32 · leader epoch i32 · magic i8 · CRC32C u32 ·
//!         attributes i16 · last offset delta i32 · base timestamp i64 · max timestamp i64 ·
//!         producer id i64 · producer epoch i16 · base sequence i32 · record count i32 · records
//! record  length · attributes i8 · timestamp delta · offset delta · key · value · headers
//! ```
//!
//! Numbers of the batch are big-endian, those of a record are zig-zag varints. The checksum
//! covers everything behind itself: a broker gives a batch its offset without computing it anew.

mod check;
#[cfg(feature = "kafka")]
mod compression;
#[cfg(feature = "kafka")]
mod extent;
mod header;
#[cfg(feature = "kafka")]
mod pieces;
mod read;
#[cfg(feature = "kafka")]
mod transactions;
mod varint;
mod write;

pub use check::{Checked, Damage, Fault, Unpackable, check};
#[cfg(feature = "kafka")]
pub use compression::{Codec, Packer};
#[cfg(feature = "kafka")]
pub use extent::{Extent, extent};
#[cfg(feature = "kafka")]
pub use pieces::{Piece, Pieces, Unpacked};
pub use read::{Breakage, Records};
#[cfg(feature = "kafka")]
pub use transactions::Aborted;
#[cfg(feature = "kafka")]
pub use write::Sequence;
pub use write::{BatchWriter, NewRecord};

pub(crate) use header::set_base_offset;
pub(crate) use read::split_header;
#[cfg(feature = "kafka")]
pub(crate) use write::renumber;

#[cfg(all(test, feature = "kafka"))]
mod tests;
