use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let orders = from kafka("orders") | map(|line| (line.len(), 1i64)) | event_time(|(_, at)| *at) lag 5s;
        from kafka("pays")
            | map(|line| (line.len(), 1i64))
            | event_time(|(_, at)| *at) lag 5s
            | join(orders) within -5m..+5m as matches
            | print
    };
}
