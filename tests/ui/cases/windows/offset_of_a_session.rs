use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count over session 30m offset 5m as counts | print
    };
}
