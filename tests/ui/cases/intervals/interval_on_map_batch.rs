use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | map_batch(|batch| batch) every 1s | print
    };
}
