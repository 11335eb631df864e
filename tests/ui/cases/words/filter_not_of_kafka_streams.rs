use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | filterNot(|line| line.is_empty()) | print
    };
}
