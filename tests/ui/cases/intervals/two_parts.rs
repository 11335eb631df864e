use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | count every 1h 30m | print;
        from kafka("b") | count every 1w | print
    };
}
