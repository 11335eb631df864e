use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let prices = from kafka("prices") | map(|line| (line.to_owned(), 1u64)) | event_time(|(_, at)| *at) lag 5s | table forever as prices;
        from kafka("orders") | event_time(|line| line.len() as u64) lag 5s | map(|line| (line, line))
            | join(prices) as_of | print
    };
}
