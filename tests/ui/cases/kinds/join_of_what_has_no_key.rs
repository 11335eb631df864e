use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let orders = from kafka("orders");
        from kafka("pays") | key_by(|line| line.len()) | join(orders) every 1s | print
    };
}
