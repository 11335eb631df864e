use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let orders = from kafka("orders") | map(|line| (line, 1u64));
        from kafka("pays") | map(|line| (line, 1u64)) | join(orders) over sliding 30m as pairs | print
    };
}
