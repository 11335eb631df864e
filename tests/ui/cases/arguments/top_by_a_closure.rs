use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("in") | map(|line| (line, 1.5f64)) | top(3, |price| *price) every 1s | print
    };
}
