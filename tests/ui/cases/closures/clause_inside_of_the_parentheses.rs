use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| line.parse::<u64>()? else skip) | print;
        from kafka("b") | reduce(+, every 1m) | print;
        from kafka("c") | filter(|line| !line.is_empty();) | print
    };
}
