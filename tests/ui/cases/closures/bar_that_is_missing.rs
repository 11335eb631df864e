use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line line.len()) | print;
        from kafka("b") | filter(line| !line.is_empty()) | print
    };
}
