use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | map(|line| (line, 1u64)) | top(3) over hopping 1h by 5m offset 1m as most emit changes | print;
        from kafka("clicks") | map(|line| line.len() as u64) | quantile(0.5) over session 30m as middle emit changes | print;
        from kafka("clicks") | heavy_hitters(3) over cumulate 1d by 1h as many emit changes | print
    };
}
