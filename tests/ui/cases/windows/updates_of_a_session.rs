use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count over session 30m as visits emit updates every 10s | print
    };
}
