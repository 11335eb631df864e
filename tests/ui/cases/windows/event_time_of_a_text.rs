use streamflow::stream_job;

fn main() {
    stream_job! {
        from kafka("visits")
            | map(|line| line.split_once(',')?)
            | event_time(|(at, _)| *at) lag 5s
            | count over tumbling 1m late drop as visits
            | print
    };
}
