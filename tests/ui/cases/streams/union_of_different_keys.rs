use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let a = from kafka("a") | map(|line| (line, 1u64));
        let b = from kafka("b") | map(|line| (line.len(), 1u64));
        union(a, b) | reduce_by_key(+) every 1s | print
    };
}
