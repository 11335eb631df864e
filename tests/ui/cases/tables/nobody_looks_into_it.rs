use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("seen") | map(|line| (line, 1u64))
            | table forever as seen;
    };
}
