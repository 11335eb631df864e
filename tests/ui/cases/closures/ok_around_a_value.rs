use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| { let n = line.parse::<u64>()?; Ok(n) }) | print
    };
}
