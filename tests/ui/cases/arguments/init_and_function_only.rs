use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | key_by(|line| line.len()) | aggregate_by_key(0u64, |n, _| n + 1) every 1s | print
    };
}
