use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    id: u32,
}

fn main() {
    let _job = stream_job! {
        let orders = from kafka("orders") | map(|line| (line, Order { id: 1 }));
        from kafka("pays") | map(|line| (line, 1u64)) | left_join(orders) every 1s | map(|(_, (a, b))| (a, b.is_some())) | print
    };
}
