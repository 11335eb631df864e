use streamflow::stream_job;

fn main() {
    let interval = std::time::Duration::from_secs(1);
    let _job = stream_job! {
        from kafka("a") | count every interval | print
    };
}
