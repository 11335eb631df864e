use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let prices = from kafka("prices") | map(|line| { let (item, price) = line.split_once(',')?; (item, price.parse::<u64>()?) }) | table forever as prices;
        from kafka("orders") | map(|line| (line.to_owned(), 1u64)) | event_time(|(_, at)| *at) lag 5s
            | join(prices) as_of | print
    };
}
