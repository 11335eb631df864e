use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("in") | map(|line| line.parse::<f64>()?)
            | event_time(|at| at * 1000.0) lag 5s
            | count over tumbling 1m late drop as n | print;
        from kafka("in")
            | event_time(|line| line.split(' ').next()?.parse::<i64>().ok()) lag 5s
            | count over tumbling 1m late drop as m | print
    };
}
