use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job interval_that_goes_on
        from kafka("a") | count running forever as counts | map(|n| n + 1) | print;
        from kafka("b") | count running forever as all | print;
        from kafka("c")
            | map(|line| (line, 1u64))
            | reduce_by_key(+) running ttl 1h as totals
            | print;
        from kafka("d")
            | map(|line| (line, 1u64))
            | scan(0u32, |n, more| n + more as u32) forever as sums
            | print
    };
}
