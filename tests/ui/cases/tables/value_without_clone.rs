use streamflow::stream_job;

#[derive(serde::Serialize, serde::Deserialize)]
struct Price(u64);

fn main() {
    let _job = stream_job! {
        let prices = from kafka("prices") | map(|line| (line, Price(line.len() as u64)))
            | table forever as prices;
        from kafka("orders") | map(|line| (line, 1u64))
            | join(prices) | map(|(item, (n, price))| (item, n * price.0)) | print
    };
}
