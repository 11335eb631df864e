//! What a job does when it may take no more memory: a process of its own, as the process is measured.
#![cfg(target_os = "linux")]

use std::sync::{Mutex, PoisonError};

use streamflow::{Code, Error, Job, RunConfig, StopSignal, stream_job};

/// One at a time: they measure one process.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs a job that may take so much more than the process has now.
fn run_with(job: &Job<'static>, more_bytes: u64) -> Result<(), Error> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let config = RunConfig {
        memory_bytes: Some(resident_bytes() + more_bytes),
        parallelism: 2,
        ..RunConfig::of(job.plan())?
    };
    job.run_with(config, StopSignal::new())
}

fn resident_bytes() -> u64 {
    status_of("VmRSS:")
}

fn status_of(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("there is a /proc");
    let line = status.lines().find(|line| line.starts_with(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    kilobytes
        .and_then(|n| n.parse::<u64>().ok())
        .expect("a size")
        << 10
}

#[test]
fn state_that_nothing_bounds_ends_the_run_by_name() {
    let numbers = || (0_u64..).map(|n| if n % 1_000 == 0 { (n, n) } else { (7, n) });
    let job = stream_job! {
        job grows
        from iter(numbers())
            | map_with_state(Vec::<u64>::new(), |_key, n: Option<u64>, all| all.extend(n))
                forever as numbers_of_keys
            | to null
    };
    let error = run_with(&job, 48 << 20).expect_err("it does not fit");
    assert_eq!(error.code(), Code::OutOfMemory);
    let message = error.one_line();
    assert!(message.contains("of memory are taken of the"), "{message}");
    assert!(message.contains("`map_with_state("), "{message}");
    assert!(
        message.contains("the largest are of the keys 7 ("),
        "{message}"
    );
    assert!(message.contains("`--memory 4GiB`"), "{message}");
}

/// Only mimalloc gives back to the system what was freed in the middle of its memory.
#[cfg(feature = "mimalloc")]
#[test]
fn input_waits_until_an_interval_has_made_room_and_nothing_is_lost() {
    use std::sync::atomic::{AtomicU64, Ordering};

    static SEEN: AtomicU64 = AtomicU64::new(0);
    const RECORDS: u64 = 400_000;
    /// All that is read in an interval would be several times as much.
    const MORE: u64 = 64 << 20;
    let job = stream_job! {
        job waits
        from iter((0..RECORDS).map(|n| (n % 100, vec![1_u8; 1_000])))
            | group_by_key every 1s
            | for_each(|(_key, values)| {
                SEEN.fetch_add(values.iter().map(|it| it.len() as u64).sum(), Ordering::Relaxed);
            })
    };
    let before = resident_bytes().max(status_of("VmHWM:"));
    run_with(&job, MORE).expect("intervals make room");
    let most = status_of("VmHWM:");
    assert!(
        most < before + 2 * MORE,
        "{} MiB were taken",
        (most - before) >> 20
    );
    assert_eq!(SEEN.load(Ordering::Relaxed), RECORDS * 1_000);
}
