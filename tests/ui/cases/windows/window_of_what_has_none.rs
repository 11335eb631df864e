use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let prices = from kafka("prices") | key_by(|line| line.len()) | table forever as prices;
        let views = from kafka("views") | key_by(|line| line.len());
        let clicks = from kafka("clicks") | key_by(|line| line.len());
        from kafka("clicks") | with_window | print;
        clicks | join(prices) | with_window | print;
        clicks | join(views) within -1m..+1m as near | with_window | print;
        clicks | count_by_key running ttl 1h as totals | with_window | print
    };
}
