use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let right = from kafka("right") | map(|line| (line.len(), 1u64));
        from kafka("left") | map(|line| (line, 1u64)) | join(right) within -5m..+5m as near | print
    };
}
