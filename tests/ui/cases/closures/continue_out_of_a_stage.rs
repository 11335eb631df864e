use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| { if line.is_empty() { continue } line }) | print
    };
}
