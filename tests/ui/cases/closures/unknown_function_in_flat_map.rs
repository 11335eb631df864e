use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | flat_map(|line| nope(line)) | print
    };
}
