use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| (line, 1u64)) | reduce_by_key(+, inverse: |a| a) over sliding 5m as n | print
    };
}
