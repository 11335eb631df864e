use streamflow::stream_job;

fn length(line: &str) -> usize {
    line.len()
}

fn main() {
    let _job = stream_job! {
        from kafka("user_access") | map(length) | count_by_key every 1s | print
    };
}
