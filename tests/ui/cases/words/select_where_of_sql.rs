use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | select(|line| line.len()) | WHERE(|n| n > 3) | print
    };
}
