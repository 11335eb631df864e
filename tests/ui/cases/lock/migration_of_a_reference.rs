use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job visits
        state lengths migrate v1 -> v2 (|old: &str| old.len() as u64);
        from kafka("visits") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1h as lengths | print
    };
}
