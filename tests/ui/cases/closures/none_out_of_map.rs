use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a")
            | map(|line| {
                if line.is_empty() {
                    return None;
                }
                (line, 1u64)
            })
            | reduce_by_key(+) every 1s
            | print
    };
}
