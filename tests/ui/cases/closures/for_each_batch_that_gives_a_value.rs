use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | for_each_batch(|batch| batch.len()) every 1s
    };
}
