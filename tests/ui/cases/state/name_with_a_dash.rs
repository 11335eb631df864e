use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | count every 1m as all-clicks | print
    };
}
