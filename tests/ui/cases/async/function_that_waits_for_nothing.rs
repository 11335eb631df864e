use streamflow::stream_job;

fn length(line: &str) -> usize {
    line.len()
}

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | map_async(length) concurrency 8 | print;
    };
}
