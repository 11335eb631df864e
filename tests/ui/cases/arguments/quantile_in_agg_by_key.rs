use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a")
            | map(|line| (line, line.len()))
            | agg_by_key { p99: quantile(99) } every 1s
            | print
    };
}
