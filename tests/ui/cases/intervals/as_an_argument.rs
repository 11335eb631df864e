use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| (line, 1u64))
            | reduce_by_key(+, 10s)
            | print;

        from kafka("orders") | count(1m) | print
    };
}
