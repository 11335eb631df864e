use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(Serialize, Deserialize)]
struct Order {
    sum: u64,
}

fn main() {
    let _job = stream_job! {
        let orders = from kafka("orders") | map(|line| (line, Order { sum: 1 }));
        from kafka("pays") | map(|line| (line, 1u64)) | cogroup(orders) over hopping 1m by 10s as groups
            | map(|(_, (pays, orders))| pays.len() + orders.iter().map(|order| order.sum).count())
            | print
    };
}
