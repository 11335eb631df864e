use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| line.parse::<f64>()?) | approx_distinct every 1s | print
    };
}
