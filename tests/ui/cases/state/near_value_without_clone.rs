use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(Serialize, Deserialize)]
struct Order {
    sum: u64,
}

fn main() {
    let _job = stream_job! {
        let orders = from kafka("orders") | map(|line| (line, Order { sum: 1 }));
        from kafka("pays") | map(|line| (line, 1u64)) | join(orders) within -5m..+5m as matches
            | map(|(_, (pay, order))| pay + order.sum)
            | print
    };
}
