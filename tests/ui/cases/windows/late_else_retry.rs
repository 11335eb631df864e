use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| line.parse::<i64>()?)
            | event_time(|at| *at) lag 5s
            | count over tumbling 1m late 2m else retry 3 backoff 1s..10s as clicks
            | print
    };
}
