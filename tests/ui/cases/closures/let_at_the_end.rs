use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| { let n = line.len(); }) | max every 1m | print
    };
}
