use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|ms| ms.parse::<i64>()?)
            | event_time(|ms| *ms) lag 5s
            | count over session 1m max 1h late 30s else to(stragglers) as clicks
            | print;
        stragglers | print
    };
}
