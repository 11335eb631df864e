use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count_by_value running ttl 1h as totals | count every 1s | print
    };
}
