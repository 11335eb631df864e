use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job copies { batch_interval: 1s }
        from kafka("clicks") | count every 1s | print
    };
}
