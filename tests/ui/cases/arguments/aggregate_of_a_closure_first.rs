use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") as Csv<(String, f64)>
            | aggregate_by_key(|sum, amount| sum + amount, 0.0, |a, b| a + b) every 1s
            | print
    };
}

/// As `combineByKey` of Spark has it.
fn combined() {
    let _job = stream_job! {
        from kafka("a") as Csv<(String, u64)>
            | aggregate_by_key(|n| n, |sum, n| sum + n, |a, b| a + b) every 1s
            | print
    };
}
