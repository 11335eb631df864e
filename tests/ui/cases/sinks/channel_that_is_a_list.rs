use streamflow::stream_job;

fn main() {
    let rows = vec![1u64];
    let _job = stream_job! { from kafka("lines") | to channel(rows) };
}
