use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| (line, 1u64)) | group_by_key | count every 1m | print
    };
}
