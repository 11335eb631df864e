use streamflow::stream_job;

fn price(line: &str) -> f64 {
    line.len() as f64
}

fn main() {
    let _job = stream_job! {
        from kafka("orders") | map(|line| (price(line), 1u64)) | reduce_by_key(+) every 1s | print
    };
}
