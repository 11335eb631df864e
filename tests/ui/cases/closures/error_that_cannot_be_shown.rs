use streamflow::stream_job;

struct Bad;

fn check(line: &str) -> Result<&str, Bad> {
    if line.is_empty() { Err(Bad) } else { Ok(line) }
}

fn main() {
    let _job = stream_job! {
        from kafka("a") | try_map(check) | print
    };
    let _job = stream_job! {
        from kafka("a") | map(|line| check(line)?) | print
    };
}
