use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("in") | map(|line| (line, 1u64)) | scan(0u64, |total, n| *total += n) forever as sums | print
    };
}
