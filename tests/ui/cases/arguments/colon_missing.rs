use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | to kafka("b", value |line| line)
    };
}
