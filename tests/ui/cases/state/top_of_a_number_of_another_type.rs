use streamflow::stream_job;

fn main() {
    let n = 10u64;
    let _job = stream_job! {
        from kafka("orders") | map(|line| (line, line.len())) | top(n) every 1s | print
    };
}
