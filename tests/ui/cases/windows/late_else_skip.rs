use streamflow::stream_job;

fn main() {
    stream_job! {
        from kafka("visits")
            | map(|line| line.parse::<u64>()?)
            | event_time(|at| *at) lag 5s
            | count over tumbling 1m late 2m else skip as visits
            | print
    };
}
