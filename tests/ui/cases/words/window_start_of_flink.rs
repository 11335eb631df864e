use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count every 1m | window_start | print;
        from kafka("clicks") | count every 1m | windowed | print;
        from kafka("clicks") | count every 1m | TUMBLE_START | print
    };
}
