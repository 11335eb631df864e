use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|l| (l, 1u64)) | average every 1s | print
    };
}
