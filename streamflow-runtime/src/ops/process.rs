//! The operator that runs code of the user's for each key, with timers.

use super::stream::{Pairs, Stream};
use crate::process::Out;

/// Code with typed fields and timers for each key.
///
/// Each field has a name, a type and what it begins with. `on_record` gets the key, the value, the
/// fields and [`Out`], by which it gives any number of items and sets timers; `on_timer`, which may be
/// left out, gets the time of the timer in place of the value. Behind an `event_time` stage timers fire
/// when the watermark comes to their time, elsewhere by the clock.
///
/// Example: `process { n: u64 = 0, on_record: |key, value, state, out| out.emit(…) } ttl 1h as sessions`
pub fn process<K, V, S, T>(
    pairs: impl Pairs<K, V>,
    fields: S,
    on_record: impl FnMut(K, V, &mut S, &mut Out<T>),
    on_timer: impl FnMut(K, i64, &mut S, &mut Out<T>),
) -> Stream<T> {
    Stream::new()
}
