use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| (line, 1u64)) | reduce_by_key(count) every 1m | print;
        from kafka("b") | map(|line| (line, 1u64)) | reduce_by_key(Math.max) every 1m | print;
        from kafka("c") | map(|line| (line, 1u64)) | reduce_by_key(latest) every 1m | print
    };
}
