use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job old_job
        from kafka("a") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1s as counts | print
    };
}
