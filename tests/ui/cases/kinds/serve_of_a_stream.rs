use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("prices") | key_by(|line| line.len()) | serve
    };
}
