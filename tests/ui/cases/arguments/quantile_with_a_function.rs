use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | quantile(0.99, |line| line.len()) every 1s | print
    };
}
