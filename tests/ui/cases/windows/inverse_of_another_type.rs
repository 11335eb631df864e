use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| (line, 1u64))
            | reduce_by_key(+, inverse: |a, b| a > b) over hopping 1m by 5s as clicks
            | print
    };
}
