//! A record in steady state allocates nothing: only new keys, batches and rounds do.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use streamflow::{From, NewRecord, RunConfig, StopSignal, Topics, Until, stream_job};

/// Counts every allocation of the process.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

#[expect(
    unsafe_code,
    reason = "an allocator is unsafe by its trait; this one passes everything on"
)]
// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Runs the seed job, with more operators on the way, over so many records; gives how many
/// allocations the run has made.
fn allocations_of(records: u64) -> u64 {
    let topics = Arc::new(Topics::creating(4).unbounded());
    let lines: Vec<String> = (0..records)
        .map(|n| format!("user{},/page/{}", n % 100, n % 7))
        .collect();
    for chunk in lines.chunks(10_000) {
        let chunk = chunk
            .iter()
            .map(|line| NewRecord::of_value(line.as_bytes()));
        topics
            .append("user_access", None, 0, chunk)
            .expect("the topic is created");
    }
    let total = &AtomicU64::new(0);
    let job = stream_job! {
        from kafka("user_access")
            | filter(|line| !line.is_empty())
            | map(|line| { let (user, page) = line.split_once(',')?; (user, page) })
            | map_values(|page| page.len() as u64)
            | tee { count every 1h | for_each(|n| { total.fetch_add(n, Ordering::Relaxed); }) }
            | reduce_by_key(+) every 1h
            | for_each(|(_user, sum)| { std::hint::black_box(sum); })
    };
    let config = RunConfig {
        from: From::Earliest,
        until: Until::CaughtUp,
        parallelism: 1,
        ..RunConfig::of(job.plan()).expect("the defaults are fine")
    };
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    job.run_on(topics, config, StopSignal::new())
        .expect("the job ends");
    let after = ALLOCATIONS.load(Ordering::Relaxed);
    assert_eq!(total.load(Ordering::Relaxed), records);
    after - before
}

#[test]
fn record_in_steady_state_allocates_nothing() {
    let few = allocations_of(100_000);
    let many = allocations_of(1_100_000);
    // A million records more are a few hundred batches more.
    let per_million = many.saturating_sub(few);
    assert!(
        per_million < 2_000,
        "{per_million} allocations for a million records"
    );
}
