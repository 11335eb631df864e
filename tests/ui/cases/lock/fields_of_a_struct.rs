use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(Debug, Serialize, Deserialize, streamflow::State)]
struct Totals {
    spent: f64,
    visits: u64,
}

fn main() {
    let _job = stream_job! {
        job fields_of_a_struct
        from kafka("a")
            | map(|line| (line, Totals { visits: 1, spent: 0.5 }))
            | reduce_by_key(|a, b| Totals { visits: a.visits + b.visits, spent: a.spent + b.spent })
                every 1s as totals
            | print
    };
}
