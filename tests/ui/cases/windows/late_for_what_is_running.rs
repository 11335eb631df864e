use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | event_time(|line| line.len() as i64) lag 5s
            | count running ttl 1h late drop as clicks
            | print
    };
}
