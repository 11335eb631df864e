use streamflow::stream_job;

fn main() {
    let _job = stream_job! { from kafka("a") | filter(|line| line.len()) | print };
}
