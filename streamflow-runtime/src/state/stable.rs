//! Hashes that are the same in every process and on every machine.

use std::hash::Hasher;

/// Hands bytes to a hasher as they would be written, whatever the machine.
#[derive(Debug)]
pub(crate) struct Stable<'h, H>(&'h mut H);

impl<'h, H: Hasher> Stable<'h, H> {
    pub(crate) fn new(hasher: &'h mut H) -> Self {
        Stable(hasher)
    }
}

macro_rules! little_endian {
    ($($method:ident $number:ty;)*) => {$(
        #[inline]
        fn $method(&mut self, number: $number) {
            self.0.write(&number.to_le_bytes());
        }
    )*};
}

impl<H: Hasher> Hasher for Stable<'_, H> {
    fn finish(&self) -> u64 {
        self.0.finish()
    }

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    little_endian! {
        write_u16 u16;
        write_u32 u32;
        write_u64 u64;
        write_u128 u128;
        write_i16 i16;
        write_i32 i32;
        write_i64 i64;
        write_i128 i128;
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.write_u64(u64::try_from(number).unwrap_or(u64::MAX));
    }

    #[inline]
    fn write_isize(&mut self, number: isize) {
        self.write_i64(i64::try_from(number).unwrap_or(i64::MAX));
    }
}
