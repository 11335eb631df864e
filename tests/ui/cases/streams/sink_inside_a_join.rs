use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("pays") | map(|line| (line, 1u64)) | join(from kafka("orders") | map(|line| (line, 1u64)) | print) every 1s | print
    };
}
