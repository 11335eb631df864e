use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| (line, 1u64)) | filter(|(type, n)| n > 3) | print
    };
}
