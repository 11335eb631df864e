use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let orders = from kafka("orders") | map(|line| (line.len(), 1i64));
        let pays = from kafka("pays") | map(|line| (line.len(), 1i64)) | event_time(|(_, at)| *at) lag 5s;
        pays | join(orders) within -5m..+5m late drop as matches | print;
        orders | left_join(pays) over tumbling 1m late drop as pairs | print
    };
}
