use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| (line, 1u64))
            | map_with_state(0, |total, n| total + n) ttl 1h as totals
            | print
    };
}
