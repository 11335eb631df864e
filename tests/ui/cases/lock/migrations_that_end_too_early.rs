use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job migrations_that_end_too_early
        state counts migrate v1 -> v2 (|old: u32| u64::from(old));
        from kafka("a") | count every 1s as counts | print
    };
}
