use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job clicks { on_error: to(bad) }
        from kafka("clicks") | try_map(|line| line.parse::<u64>()) | print
    };
}
