//! The loop that `stream_job!` makes of the seed job, beside one written by hand over the same
//! bytes: record batches in memory, counted per user on one core.
//!
//! ```text
//! cargo bench --bench fused_loop
//! ```
//!
//! Rounds of both take turns, and each round checks its total. What is printed is the fastest
//! round of each in nanoseconds per record, and their ratio.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "suite/by_hand.rs"]
mod by_hand;

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use by_hand::{BATCH, Counts};
use streamflow::{From, NewRecord, RunConfig, StopSignal, Topics, Until, stream_job};

const RECORDS: u32 = 4_000_000;
const ROUNDS: usize = 9;

fn main() {
    println!("count per user, {RECORDS} records in memory, one worker, fastest of {ROUNDS} rounds");
    println!(
        "{:>9} {:>14} {:>14} {:>7}",
        "users", "by hand ns", "stream_job ns", "ratio"
    );
    for users in [100, 1_000, 50_000, 1_000_000] {
        let lines: Vec<String> = (0..RECORDS)
            .map(|n| {
                format!(
                    "user{},/page/{}",
                    n.wrapping_mul(2_654_435_761) % users,
                    n % 50
                )
            })
            .collect();
        let topics = Arc::new(Topics::creating(1).unbounded());
        let batches = by_hand::batches(lines.iter());
        for chunk in lines.chunks(BATCH) {
            let records = chunk
                .iter()
                .map(|line| NewRecord::of_value(line.as_bytes()));
            topics
                .append("user_access", Some(0), 0, records)
                .expect("the topic exists");
        }
        let (mut by_hand, mut fused) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            by_hand = by_hand.min(timed(|| count_by_hand(&batches)));
            fused = fused.min(timed(|| count_by_job(&topics)));
        }
        let per_record = |time: Duration| time.as_secs_f64() * 1e9 / f64::from(RECORDS);
        let (by_hand, fused) = (per_record(by_hand), per_record(fused));
        println!(
            "{users:>9} {by_hand:>14.1} {fused:>14.1} {:>7.3}",
            fused / by_hand
        );
    }
}

fn timed(round: impl FnOnce() -> u64) -> Duration {
    let begun = Instant::now();
    let total = black_box(round());
    let took = begun.elapsed();
    assert_eq!(total, u64::from(RECORDS), "every record is counted");
    took
}

fn count_by_hand(batches: &[Box<[u8]>]) -> u64 {
    let mut counts = Counts::default();
    by_hand::each_line(batches, |line| {
        let (user, _page) = line.split_once(',').expect("a comma");
        counts.count(user);
    });
    counts.total()
}

fn count_by_job(topics: &Arc<Topics>) -> u64 {
    let total = &AtomicU64::new(0);
    let job = stream_job! {
        from kafka("user_access")
            | map(|line| { let (user, _page) = line.split_once(',')?; (user, 1u64) })
            | reduce_by_key(+) every 1h
            | for_each(|(_user, count)| { total.fetch_add(count, Ordering::Relaxed); })
    };
    let config = RunConfig {
        from: From::Earliest,
        until: Until::CaughtUp,
        parallelism: 1,
        ..RunConfig::of(job.plan()).expect("the defaults are fine")
    };
    job.run_on(Arc::clone(topics), config, StopSignal::new())
        .expect("the job ends");
    total.load(Ordering::Relaxed)
}
