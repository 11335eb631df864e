use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | map(|line| (line, 1u64)) | top(10) | print
    };
}
