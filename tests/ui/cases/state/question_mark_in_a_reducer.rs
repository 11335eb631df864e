use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|l| (l, 1u64)) | reduce_by_key(|a, b| a.checked_add(b)?) every 1s | print
    };
}
