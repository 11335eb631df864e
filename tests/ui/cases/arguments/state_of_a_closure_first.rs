use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("in") | map(|line| (line, 1u64)) | scan(|total, n| total + n, 0u64) forever as sums | print;
        from kafka("in")
            | map(|line| (line, 1u64))
            | map_with_state(|user, n: Option<u64>, sum| { *sum += n.unwrap_or(0); format!("{user} {sum}") }) ttl 1h as totals
            | print;
        from kafka("in")
            | map(|line| (line, 1u64))
            | map_with_state(|user, n: Option<u64>, sum| { *sum += n.unwrap_or(0); user.len() }, 0u64) ttl 1h as others
            | print
    };
}
