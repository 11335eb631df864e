use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job key_of_a_state
        from kafka("a")
            | map(|line| ((line, line.len()), 1u64))
            | reduce_by_key(+) every 1s as counts
            | print
    };
}
