//! What the machine could do at best: bytes copied in memory.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Larger than what a processor keeps near itself.
const BYTES: u32 = 256 << 20;
const ROUNDS: usize = 5;

/// How many bytes one core copies in a second, in the fastest of a few rounds.
pub(crate) fn copied_per_s() -> f64 {
    let from = vec![1_u8; BYTES as usize];
    let mut to = vec![2_u8; BYTES as usize];
    let fastest = fastest_of(ROUNDS, || {
        to.copy_from_slice(black_box(&from));
        black_box(&mut to);
    });
    f64::from(BYTES) / fastest.as_secs_f64()
}

fn fastest_of(rounds: usize, mut round: impl FnMut()) -> Duration {
    let times = (0..rounds).map(|_| timed(&mut round));
    times.min().unwrap_or_default()
}

/// How long something takes.
pub(crate) fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}
