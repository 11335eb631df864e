//! Windows that overlap have their values in several results.

use streamflow::stream_job;

#[derive(serde::Serialize, serde::Deserialize)]
struct Total(u64);

fn main() {
    let _job = stream_job! {
        from kafka("in")
            | map(|line| (line, Total(1)))
            | reduce_by_key(|a, b| Total(a.0 + b.0)) over hopping 5m by 1m as totals
            | to null
    };
}
