use streamflow::stream_job;

fn main() {
    let _job = stream_job! { from kafka("lines") | to kafka("out", headers: |line| line.len()) };
}
