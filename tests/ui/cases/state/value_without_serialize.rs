use streamflow::stream_job;

struct Click {
    page: u32,
}

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|l| (l.len(), Click { page: 1 })) | reduce_by_key(|a, b| a) every 1s | map(|(k, _)| k) | print
    };
}
