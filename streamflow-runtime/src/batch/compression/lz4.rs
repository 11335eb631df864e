//! LZ4, in its frame format.

use lz4_flex::frame::FrameDecoder;

use super::{Unpackable, read_all};

pub(super) fn unpack(
    packed: &[u8],
    into: &mut Vec<u8>,
    most_bytes: usize,
) -> Result<(), Unpackable> {
    read_all(FrameDecoder::new(packed), into, most_bytes)
}
