use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | max(|line| line.len()) every 5s | print
    };
}
