use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("prices") | key_by(|line| line.len()) | table forever as prices | map(|(key, _)| key) | print
    };
}
