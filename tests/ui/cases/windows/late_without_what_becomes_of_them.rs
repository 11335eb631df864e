use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | event_time(|line| line.len() as u64) lag 5s | count over tumbling 1m late 2m as counts | print
    };
}
