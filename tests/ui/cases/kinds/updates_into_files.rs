use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count_by_value over tumbling 1m as totals emit updates every 10s | to files("totals") as Text every 1m
    };
}
