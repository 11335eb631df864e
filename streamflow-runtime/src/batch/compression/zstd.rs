//! Zstandard, in its frame format.

use std::fmt;

use zstd::stream::read::Decoder;
use zstd::zstd_safe::{DCtx, ResetDirective};

use super::{Unpackable, read_all};

/// The tables of the decoder, which are made once.
#[derive(Default)]
pub(super) struct Context(Option<DCtx<'static>>);

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

impl Context {
    pub(super) fn unpack(
        &mut self,
        packed: &[u8],
        into: &mut Vec<u8>,
        most_bytes: usize,
    ) -> Result<(), Unpackable> {
        let context = self.0.get_or_insert_with(DCtx::create);
        // A batch that could not be unpacked leaves the decoder in the middle of it.
        context
            .reset(ResetDirective::SessionOnly)
            .map_err(|_| Unpackable::Malformed)?;
        read_all(Decoder::with_context(packed, context), into, most_bytes)
    }
}
