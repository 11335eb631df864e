use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count over session 30m max 8h as visits emit changes | print;
        from kafka("clicks") | map(|line| (line, 1u64)) | top(3) over tumbling 1m as most emit changes | print;
        from kafka("clicks") | event_time(|_| 0i64) lag 5s
            | count over session 1m late 90s else dead_letter("late") as clicks emit changes | print
    };
}
