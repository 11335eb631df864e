use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | key_by(|line| line.len()) | aggregate_by_key(0u64, |n, _| n + 1 |a, b| a + b) every 1s | print
    };
}
