use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count over session 30m as visits emit changes | print;
        from kafka("clicks") | map(|line| (line, 1u64)) | top(3) over tumbling 1m as most emit changes | print
    };
}
