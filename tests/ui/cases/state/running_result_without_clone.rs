use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(Serialize, Deserialize)]
struct Total {
    sum: usize,
}

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| (line.to_owned(), Total { sum: line.len() }))
            | reduce_by_key(|a, b| Total { sum: a.sum + b.sum }) running forever as totals
            | map(|(key, total)| format!("{key} {}", total.sum))
            | print
    };
}
