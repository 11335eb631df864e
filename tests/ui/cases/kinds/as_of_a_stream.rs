use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let orders = from kafka("orders") | key_by(|line| line.len());
        from kafka("pays") | key_by(|line| line.len()) | join(orders) as_of | print
    };
}
