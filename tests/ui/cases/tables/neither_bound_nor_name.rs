use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let seen = from kafka("seen") | map(|line| (line, 1u64))
            | table;
        from kafka("orders") | map(|line| (line, 1u64)) | join(seen) | print
    };
}
