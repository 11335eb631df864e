use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | print
        from kafka("orders") | count every 1s | print
    };
}
