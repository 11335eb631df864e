use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | to kafka("lines", key = |line| line)
    };
}
