use streamflow::stream_job;

#[derive(Debug, serde::Deserialize)]
struct Order {
    amount: f64,
}

fn main() {
    let _job = stream_job! {
        from kafka("orders") as Json<Order> | sum every 1s | print
    };
}
