use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count over sliding 30m as recent emit updates every 10s | print;
        from kafka("clicks") | count over rows 10 as last emit changes | print;
        let orders = from kafka("orders") | map(|line| (line, 1u64));
        from kafka("pays") | map(|line| (line, 1u64)) | join(orders) over tumbling 1m as pairs emit changes | print
    };
}
