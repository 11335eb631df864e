use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | map_batch(|batch| batch.len()) | print
    };
}
