use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let prices = from kafka("prices") | map(|line| { let (item, price) = line.split_once(',')?; (item, price.parse::<u64>()?) }) | table forever as prices;
        let more = from kafka("more") | map(|line| (line, 1u64)) | table forever as more;
        let all = union(prices, more);
        from kafka("orders") | map(|line| (line, 1u64)) | join(all) | print
    };
}
