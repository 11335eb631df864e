use std::collections::{HashMap, HashSet};
use std::io::Write;

use streamflow::{Job, stream_job};

fn unique() -> Job<'static> {
    let mut seen = HashSet::new();
    stream_job! {
        from kafka("a") | filter(|user| seen.insert(user.to_string())) | print
    }
}

fn counts() -> Job<'static> {
    let mut counts = HashMap::new();
    stream_job! {
        from kafka("a") | for_each(|user| *counts.entry(user.to_string()).or_insert(0u64) += 1)
    }
}

fn written(mut out: std::fs::File) -> Job<'static> {
    stream_job! {
        from kafka("a") | for_each(|line| writeln!(out, "{line}")?)
    }
}

fn main() {}
