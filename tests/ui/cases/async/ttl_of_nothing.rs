use streamflow::stream_job;

async fn age(user: &str) -> Option<u64> {
    Some(user.len() as u64)
}

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | key_by(|line| *line) | lookup(age) ttl 5m else skip | print;
    };
}
