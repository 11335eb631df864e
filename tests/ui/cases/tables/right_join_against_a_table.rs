use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let prices = from kafka("prices") | map(|line| { let (item, price) = line.split_once(',')?; (item, price.parse::<u64>()?) }) | table forever as prices;
        from kafka("orders") | map(|line| (line, 1u64))
            | right_join(prices) | print
    };
}
