use streamflow::stream_job;

fn limit() -> usize {
    3
}

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(limit()) | print
    };
}
