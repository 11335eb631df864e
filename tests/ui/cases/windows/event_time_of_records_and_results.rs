use streamflow::stream_job;

fn main() {
    stream_job! {
        job visits
        let times = from kafka("visits") | map(|line| line.parse::<i64>()?);
        let latest = times | max every 1s;
        union(times, latest)
            | event_time(|at| *at) lag 5s
            | count over tumbling 1m late drop as counts
            | print
    };
}
