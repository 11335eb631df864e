use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job copies { memory: 2G }
        from kafka("clicks") | print
    };
}
