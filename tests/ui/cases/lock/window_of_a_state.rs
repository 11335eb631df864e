use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job window_of_a_state
        let clicks = from kafka("a") | map(|line| (line, 1u64));
        clicks | reduce_by_key(+) over hopping 10m by 1m as clicks_now | print;
        clicks | count over tumbling 1d tz "Europe/Paris" as days | print;
        clicks
            | event_time(|(_, at)| *at) lag 5s
            | count_by_key over tumbling 1m late 5m drop as minutes
            | print;
        // The same window as the lock has: it lies the same way.
        clicks | count over tumbling 1m offset -50s as moved | print;
        clicks
            | event_time(|(_, at)| *at) lag 5s
            | count_by_key over session 30m max 8h late 2m drop as visits
            | print;
        clicks | count_by_key over rows 10 by 5 as recent | print;
        clicks | event_time(|(_, at)| *at) lag 5s | count_by_key over rows 10 as tens | print;
        // Others.
        clicks | count_by_key over sliding 5m as near | print;
        clicks | count_by_key over tumbling 1m as totals | print
    };
}
