use streamflow::stream_job;

async fn look_up(_line: &str) -> u64 {
    0
}

fn main() {
    let _job = stream_job! { from kafka("a") | map(|line| look_up(line).await) | print };
}
