use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let prices = from kafka("prices") | map(|line| (line.len(), 1u64)) | table forever as prices;
        from kafka("orders") | key_by(|line| line.len()) | join(prices) every 1s | print
    };
}
