use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | try_map(|line| line.parse::<u64>()) else to(bad) | print
    };
}
