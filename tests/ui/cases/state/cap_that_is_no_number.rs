use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | dedup(|line| line.len()) cap many as seen | print
    };
}
