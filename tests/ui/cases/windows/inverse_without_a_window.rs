use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| (line, 1u64))
            | reduce_by_key(+, inverse: |a, b| a - b) every 1s
            | print
    };
}
