use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count_by_value every 1m emit changes | print;
        from kafka("clicks") | count_by_value every 5m as pages emit updates every 10s | print
    };
}
