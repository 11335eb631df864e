use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | key_by(|line| line.len()) | windowedBy(TimeWindows::of(5)) | count_by_key every 1s | print
    };
}
