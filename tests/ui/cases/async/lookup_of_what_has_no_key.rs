use streamflow::stream_job;

async fn age(user: &str) -> Option<u64> {
    Some(user.len() as u64)
}

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | lookup(age) cache 10_000 else skip | print;
    };
}
