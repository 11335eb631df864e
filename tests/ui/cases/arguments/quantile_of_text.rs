use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | quantile(0.5) every 1s | print
    };
}
