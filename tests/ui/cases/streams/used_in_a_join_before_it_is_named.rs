use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("pays") | key_by(|line| line.len()) | join(orders) every 1s | print;
        let orders = from kafka("orders") | key_by(|line| line.len());
        orders | print
    };
}
