use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | event_time(|line| line.len() as u64) | count over tumbling 1m late drop as counts | print
    };
}
