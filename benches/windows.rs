//! What a record costs in a window, by the number of steps that the window has.
//!
//! ```text
//! cargo bench --bench windows
//! ```
//!
//! Numbers in memory are counted per key, on one core, in windows that move on by ten milliseconds. A
//! window of one step is an interval; the largest one is longer than a run, so that the last result
//! has to count every record. The windows take turns. What is printed is the fastest round of each in
//! nanoseconds per record, results included: each step gives one for each key.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use streamflow::{Job, RunConfig, StopSignal, stream_job};

const RECORDS: u32 = 60_000_000;
const KEYS: u32 = 1_000;
const ROUNDS: usize = 5;

/// A run of a job with one kind of window.
type Window = fn(&Seen);

/// What the windows of a run have come to.
#[derive(Default)]
struct Seen {
    results: AtomicU64,
    greatest: AtomicU64,
}

fn main() {
    let windows: [(u64, Window); 5] = [
        (1, |seen| run(&one_step(seen))),
        (10, |seen| run(&ten_steps(seen))),
        (100, |seen| run(&hundred_steps(seen))),
        (1_000, |seen| run(&thousand_steps(seen))),
        (10_000, |seen| run(&ten_thousand_steps(seen))),
    ];
    println!(
        "count per key, {RECORDS} numbers in memory, {KEYS} keys, one worker, steps of 10 ms, fastest of {ROUNDS} rounds"
    );
    println!("{:>9} {:>14}", "steps", "ns/record");
    let mut fastest = [Duration::MAX; 5];
    for _ in 0..ROUNDS {
        for ((steps, window), fastest) in windows.iter().zip(&mut fastest) {
            let seen = Seen::default();
            let begun = Instant::now();
            window(&seen);
            *fastest = begun.elapsed().min(*fastest);
            let greatest = seen.greatest.into_inner();
            assert!(
                greatest <= u64::from(RECORDS / KEYS),
                "no record counts twice"
            );
            if *steps == 10_000 {
                assert_eq!(greatest, u64::from(RECORDS / KEYS), "every record counts");
            }
        }
    }
    for ((steps, _), fastest) in windows.iter().zip(fastest) {
        let per_record = fastest.as_secs_f64() * 1e9 / f64::from(RECORDS);
        println!("{steps:>9} {per_record:>14.2}");
    }
}

macro_rules! jobs {
    ($($name:ident $window:tt;)*) => {$(
        fn $name(seen: &Seen) -> Job<'_> {
            jobs!(@ seen, $window)
        }
    )*};
    (@ $seen:ident, ($($window:tt)*)) => {
        stream_job! {
            from iter(0..RECORDS)
                | map(|n| (n % KEYS, 1u64))
                | reduce_by_key(+) over $($window)* as counts
                | for_each(|(_key, count)| {
                    $seen.results.fetch_add(1, Ordering::Relaxed);
                    $seen.greatest.fetch_max(count, Ordering::Relaxed);
                })
        }
    };
}

jobs! {
    one_step (tumbling 10ms);
    ten_steps (hopping 100ms by 10ms);
    hundred_steps (hopping 1s by 10ms);
    thousand_steps (hopping 10s by 10ms);
    ten_thousand_steps (hopping 100s by 10ms);
}

fn run(job: &Job<'_>) {
    let config = RunConfig {
        parallelism: 1,
        ..RunConfig::of(job.plan()).expect("the defaults are fine")
    };
    job.run_with(config, StopSignal::new())
        .expect("the job ends");
}
