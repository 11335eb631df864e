use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(Serialize, Deserialize)]
struct Total(u64);

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| (line, Total(1)))
            | reduce_by_key(|a, b| Total(a.0 + b.0)) over hopping 1m by 5s as by_key
            | for_each(|_| {});
        from kafka("clicks")
            | map(|_| Total(1))
            | event_time(|total| total.0) lag 5s
            | reduce(|a, b| Total(a.0 + b.0)) over cumulate 1m by 5s late drop as all
            | for_each(|_| {})
    };
}
