//! Whatever bytes a broker sends, they are gone through to an end, and records come back as written.
//!
//! Damage comes in depths, so that each layer meets some: bytes that were never batches; batches
//! whose checksum finds the damage; the same with the checksum made right, so that headers and
//! codecs meet it; and records that were damaged before they were packed, which only the walk meets.

mod damage;
mod round_trip;
mod written;
