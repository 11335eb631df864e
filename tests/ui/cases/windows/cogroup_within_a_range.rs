use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let orders = from kafka("orders") | map(|line| (line.len(), 1u64));
        from kafka("pays") | map(|line| (line.len(), 1u64)) | cogroup(orders) within -5m..+5m as matches | print
    };
}
