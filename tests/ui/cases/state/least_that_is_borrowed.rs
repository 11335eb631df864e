use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("orders")
            | map(|line| line.split_once(',')?)
            | agg_by_key { n: count, first: min(|city| city) } every 1s
            | print
    };
}
