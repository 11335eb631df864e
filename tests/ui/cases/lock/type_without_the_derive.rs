use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(Debug, Serialize, Deserialize)]
struct Totals {
    visits: u64,
}

fn main() {
    let _job = stream_job! {
        job type_without_the_derive
        from kafka("a")
            | map(|line| (line, Totals { visits: 1 }))
            | reduce_by_key(|a, b| Totals { visits: a.visits + b.visits }) every 1s as totals
            | print
    };
}
