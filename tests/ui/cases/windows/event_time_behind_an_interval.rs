use streamflow::stream_job;

fn main() {
    stream_job! {
        from kafka("visits")
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 1s
            | event_time(|(_, n)| *n) lag 5s
            | count over tumbling 1m late drop as visits
            | print
    };
}
