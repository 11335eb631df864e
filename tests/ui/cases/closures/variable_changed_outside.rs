use std::collections::HashSet;

use streamflow::{Job, stream_job};

fn job() -> Job<'static> {
    let mut seen = HashSet::new();
    stream_job! {
        from kafka("a") | filter(|user| seen.insert(user.to_string())) | print
    }
}

fn main() {
    job();
}
