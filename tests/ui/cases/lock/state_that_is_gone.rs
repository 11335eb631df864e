use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job state_that_is_gone
        from kafka("a") | map(|line| line.len()) | print
    };
}
