use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | event_time(|line| line.len() as i64) lag 5s
            | count over tumbling 1m late else to(stragglers) as clicks
            | print;
        stragglers | with_window | print;
        from kafka("sums") | map(|n| n.parse::<u64>()?) | sum every 1m else to(too_large) | print;
        too_large | with_window | print
    };
}
