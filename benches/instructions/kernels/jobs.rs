//! Whole jobs, as `stream_job!` makes them, over topics inside the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use streamflow::{From, Job, NewRecord, RunConfig, StopSignal, Topics, Until, stream_job};

use super::{BATCH, Load, access};

const USERS: u32 = 1_000;

pub(super) fn count_per_user(load: Load) {
    let total = &AtomicU64::new(0);
    let job = stream_job! {
        from kafka("measured")
            | map(|line| { let (user, _page) = line.split_once(',')?; (user, 1u64) })
            | reduce_by_key(+) every 1h
            | for_each(|(_user, count)| { total.fetch_add(count, Ordering::Relaxed); })
    };
    run(&job, load, |n| access(n, USERS));
    assert_eq!(total.load(Ordering::Relaxed), u64::from(load.measured));
}

pub(super) fn averages(load: Load) {
    let count = &AtomicU64::new(0);
    let job = stream_job! {
        from kafka("measured")
            | try_map(average)
            | for_each(|average| { count.fetch_add(u64::from(average >= 0.0), Ordering::Relaxed); })
    };
    run(&job, load, numbers);
    assert_eq!(count.load(Ordering::Relaxed), u64::from(load.measured));
}

/// The average of the numbers in a line.
fn average(line: &str) -> Result<f64, std::num::ParseFloatError> {
    let (mut sum, mut count) = (0.0, 0u32);
    for field in line.split(',') {
        count += 1;
        sum += field.trim().parse::<f64>()?;
    }
    Ok(sum / f64::from(count))
}

/// From one to five numbers: `3,5,7`.
fn numbers(n: u32) -> String {
    let numbers = (0..=n % 5).map(|place| (n % 1_000 + place * 2).to_string());
    numbers.collect::<Vec<_>>().join(",")
}

#[derive(Deserialize)]
struct Click<'r> {
    user: &'r str,
    page: &'r str,
    ms: u32,
}

pub(super) fn json(load: Load) {
    let total = &AtomicU64::new(0);
    let job = stream_job! {
        from kafka("measured") as Json<Click<'_>>
            | filter(|click| !click.page.is_empty())
            | map(|click| (click.user, u64::from(click.ms)))
            | reduce_by_key(+) every 1h
            | for_each(|(_user, ms)| { total.fetch_add(ms, Ordering::Relaxed); })
    };
    run(&job, load, |n| {
        let user = n.wrapping_mul(2_654_435_761) % USERS;
        format!(
            r#"{{"user":"user{user}","page":"/page/{}","ms":17}}"#,
            n % 50
        )
    });
    assert_eq!(total.load(Ordering::Relaxed), 17 * u64::from(load.measured));
}

/// Writes the lines into the topic that the job reads, and the spare ones into another.
fn run(job: &Job<'_>, load: Load, line: impl Fn(u32) -> String) {
    let topics = Topics::creating(1).unbounded();
    let all = load.measured + load.spare;
    for first in (0..all).step_by(BATCH as usize) {
        let topic = if first < load.measured {
            "measured"
        } else {
            "spare"
        };
        let lines: Vec<String> = (first..first + BATCH).map(&line).collect();
        let records = lines
            .iter()
            .map(|line| NewRecord::of_value(line.as_bytes()));
        topics
            .append(topic, Some(0), 0, records)
            .expect("the topic exists");
    }
    let config = RunConfig {
        from: From::Earliest,
        until: Until::CaughtUp,
        parallelism: 1,
        ..RunConfig::of(job.plan()).expect("the defaults are fine")
    };
    job.run_on(Arc::new(topics), config, StopSignal::new())
        .expect("the job ends");
}
