use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | filter_map(|line| line.parse::<u64>().ok()) | sum every 1s | print
    };
}
