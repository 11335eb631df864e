use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | branch(|line| line.len() > 80, |_| true);

        long | print
    };
}
