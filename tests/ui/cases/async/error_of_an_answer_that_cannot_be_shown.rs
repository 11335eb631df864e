use streamflow::stream_job;

struct Away;

async fn length(line: &str) -> Result<usize, Away> {
    if line.is_empty() { Err(Away) } else { Ok(line.len()) }
}

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | map_async(length) else skip | print;
    };
}
