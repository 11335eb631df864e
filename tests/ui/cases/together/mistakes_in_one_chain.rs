use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a")
            | fliter(|line| !line.is_empty())
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 1x
            | print
            | print
    };
}
