use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let prices = from kafka("prices") | key_by(|line| line.len()) | table forever as latest;
        prices | print
    };
}
