//! gzip: one member after the other, as `java.util.zip.GZIPInputStream` reads them.

use flate2::bufread::MultiGzDecoder;

use super::{Unpackable, read_all};

pub(super) fn unpack(
    packed: &[u8],
    into: &mut Vec<u8>,
    most_bytes: usize,
) -> Result<(), Unpackable> {
    read_all(MultiGzDecoder::new(packed), into, most_bytes)
}
