use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job migration_of_another_type
        state counts migrate v1 -> v2 (|old: u16| u64::from(old));
        from kafka("a") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1s as counts | print
    };
}
