use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job values_of_a_table
        let timed = from kafka("a") | event_time(|line| line.len() as u64) lag 5s;
        let prices = timed | map(|line| (line, 1u64)) | table forever as prices;
        timed | map(|line| (line, 1u64)) | join(prices) as_of as orders | print;
        let latest = from kafka("b") | map(|line| (line, 1u32)) | table forever as latest;
        from kafka("c") | map(|line| (line, 1u64)) | scan(0u32, |n, _| n + 1) ttl 1h as seen | join(latest) | print
    };
}
