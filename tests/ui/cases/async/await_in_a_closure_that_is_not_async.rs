use streamflow::stream_job;

async fn length(line: &str) -> usize {
    line.len()
}

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | map_async(|line| length(line).await) | print;
    };
}
