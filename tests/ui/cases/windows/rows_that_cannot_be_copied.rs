use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(Serialize, Deserialize)]
struct Spent(u64);

fn main() {
    let _job = stream_job! {
        from kafka("orders")
            | map(|user| (user, Spent(1)))
            | reduce_by_key(|a, b| Spent(a.0 + b.0)) over rows 10 by 2 as spent
            | map(|(user, spent)| (user, spent.0))
            | print
    };
}
