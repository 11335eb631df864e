use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| (lin.len(), 1u64)) | reduce_by_key(max) every 1s | print
    };
}
