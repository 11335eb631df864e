use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job paid
        let orders = from kafka("orders") | map(|line| (line, 1u64));
        from kafka("pays") | map(|line| (line, 1u64)) | join(orders) every 1s as pairs | print;
        state pairs migrate v1 -> v2 (|old: u64| old)
    };
}
