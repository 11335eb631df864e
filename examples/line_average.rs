//! The average of each line of comma-separated numbers, from the topic `test`.
//!
//! A field that is empty or no number ends the job with the record's topic, partition and offset,
//! before its offset is committed; `else skip` behind `try_map` would count it and go on.
//!
//! ```text
//! cargo run --release --example line_average
//! cargo run --release --example line_average -- --brokers 127.0.0.1:9092 --from earliest
//! ```

use streamflow::{Samples, stream_job};

fn main() -> streamflow::Result<()> {
    let job = stream_job! {
        job line_average
        from kafka("test")
            | try_map(average)
            | print every 1s
    };
    streamflow::main(job.samples(Samples::new("test", numbers).per_second(5).backlog(20)))
}

/// The average of the numbers in a line.
fn average(line: &str) -> Result<f64, String> {
    let (mut sum, mut count) = (0.0, 0u32);
    for field in line.split(',') {
        count += 1;
        sum += number(field.trim()).map_err(|problem| format!("field {count} {problem}"))?;
    }
    Ok(sum / f64::from(count))
}

fn number(field: &str) -> Result<f64, String> {
    if field.is_empty() {
        return Err("is empty".to_owned());
    }
    field
        .parse()
        .map_err(|_| format!("is no number: `{field}`"))
}

/// The sample record number `n`: from one to five numbers.
fn numbers(n: u64) -> String {
    let numbers: Vec<String> = (0..=n % 5)
        .map(|place| (n + place * 2).to_string())
        .collect();
    numbers.join(",")
}
