//! What the average of each line of four numbers takes, all of which are printed.
//!
//! The job is the example `line_average`. A run counts if there is a row for each record, and their
//! sum is that of all averages: quarters, which add up exactly.

use std::path::Path;

use streamflow_test_support::kafka::Compression;
use streamflow_test_support::printed;
use streamflow_test_support::process::built_example;

use crate::Scenario;
use crate::bench::{Bench, PARTITIONS};
use crate::by_hand;
use crate::drained::{self, Case, Run};
use crate::job;
use crate::results::Results;
use streamflow_test_support::random::Random;

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "averages",
    run,
    jobs: &[],
};

/// The topic that the example reads.
const TOPIC: &str = "test";
const FIELDS: u32 = 4;

fn run(bench: &Bench<'_>) -> Result<(), String> {
    let example = built_example(
        Path::new(env!("CARGO_MANIFEST_DIR")),
        "line_average",
        &["--release"],
    )?;
    let mut results = Results::begin(bench, SCENARIO.name, &drained::COLUMNS)?;
    let records = bench.arguments.records;
    let expected: f64 = numbers(records).flatten().map(f64::from).sum::<f64>() / f64::from(FIELDS);
    let batches = by_hand::batches(numbers(records).map(line));
    bench.admin.create_topic(TOPIC, PARTITIONS.cast_signed());
    drained::fill(bench, TOPIC, numbers(records).map(line), Compression::None);
    let case = Case {
        label: "four numbers a line, printed".to_owned(),
        records,
        run: Run::Printed {
            command: &|workers| {
                let mut command = vec![example.display().to_string()];
                command.extend(job::flags(bench, workers));
                command
            },
            check: &|stdout| check(stdout, records, expected),
        },
        by_hand: &|| {
            let mut sum = 0.0;
            by_hand::each_line(&batches, |line| sum += average(line).expect("numbers"));
            f64::to_bits(sum)
        },
    };
    drained::drain(bench, &mut results, &case)?;
    bench.admin.delete_topic(TOPIC);
    results.print()
}

fn numbers(records: u32) -> impl Iterator<Item = [u32; FIELDS as usize]> {
    let mut random = Random::new(1);
    (0..records).map(move |_| [(); FIELDS as usize].map(|()| random.below(1000)))
}

fn line([a, b, c, d]: [u32; FIELDS as usize]) -> String {
    format!("{a},{b},{c},{d}")
}

fn average(line: &str) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u32);
    for field in line.split(',') {
        sum += field.trim().parse::<f64>().ok()?;
        count += 1;
    }
    Some(sum / f64::from(count))
}

fn check(stdout: &str, records: u32, expected: f64) -> Result<(), String> {
    let (mut sum, mut rows) = (0.0, 0_u32);
    for row in printed::blocks(stdout).iter().flat_map(|block| &block.rows) {
        let average: Result<f64, _> = row.parse();
        sum += average.map_err(|_| format!("`{row}` is no number"))?;
        rows += 1;
    }
    if rows == records && (sum - expected).abs() < 0.1 {
        return Ok(());
    }
    Err(format!(
        "{rows} rows with the sum {sum}, of {records} records with {expected}"
    ))
}
