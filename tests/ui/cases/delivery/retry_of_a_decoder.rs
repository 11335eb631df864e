use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") as Csv<(u64, u64)> else retry 3 backoff 1s..10s skip | print
    };
}
