use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(Serialize, Deserialize)]
struct Price {
    cents: u64,
}

fn main() {
    let _job = stream_job! {
        from kafka("orders")
            | map(|line| (line, Price { cents: 1 }))
            | top(10) every 1s
            | map(|(line, price)| (line, price.cents))
            | print
    };
}
