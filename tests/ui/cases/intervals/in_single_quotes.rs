use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count every '10s' | print
    };
}
