use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| (line, 1u64)) | reduce_by_kye(+) every 1s | print;
        from kafka("b") | map(|line| (line, 1u64)) | reduce_by_key(+) | print;
        from kafka("c") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1s;
        from kafka("d") | map(|line| (line, 1u64)) | reduce_by_key(+) every 0s | print;
        from kafka("e") | reduce_by_key(+) every 1s | print;
    };
}
