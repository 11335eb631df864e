use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count over hopping 1m by 30s as clicks emit updates every 20s | print;
        from kafka("clicks") | count over cumulate 1d by 1h as day emit updates every 1h | print;
        from kafka("clicks") | count over cumulate 1d by 1h as parts emit updates every 7m | print
    };
}
