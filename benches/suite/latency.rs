//! How long a record takes through a stateless job, from topic to topic, at a constant rate.
//!
//! Records of 100 bytes are sent with `linger.ms` 1 and `acks` 1, and taken from the output. Beside
//! it the same without a job: records are then taken from the topic they were sent to, and the
//! difference is what the job adds, its own sending and the broker's work for it included. A run
//! counts if each record has arrived once. See `flow` for what is counted.
//!
//! In front of the first round the largest rate is looked for that the machine keeps up with: sender,
//! broker, job and reader together, half of all records within a tenth of a second. Half of that rate
//! is one of those that are measured.

use streamflow::stream_job;

use crate::Scenario;
use crate::bench::Bench;
use crate::flow::{Flow, Passed, Running};
use crate::job::{self, Job};
use crate::results::{Entry, Results};
use crate::table::Column;

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "latency",
    run,
    jobs: &[("pass_on", job)],
};

const RATES: [u32; 3] = [1_000, 10_000, 100_000];
/// Where the search for the largest rate begins, and how it goes on: each rate is half as large again.
const FIRST_LOOK: u32 = 100_000;
const KEEPS_UP_MS: f64 = 100.0;
/// A run takes seconds, whatever the job does: no more rounds than these.
const MOST_ROUNDS: usize = 3;

const COLUMNS: [Column; 5] = [
    Column("ms, p50", "p50_ms", 2),
    Column("p99", "p99_ms", 2),
    Column("p99.9", "p999_ms", 2),
    Column("max", "max_ms", 2),
    Column("% of a core", "cpu_percent", 1),
];

fn job() -> streamflow::Result<()> {
    let (input, output) = (job::input(), job::output());
    streamflow::main(stream_job! {
        job pass_on
        from kafka(&input)
            | filter(|line| !line.is_empty())
            | to kafka(&output)
    })
}

fn run(bench: &Bench<'_>) -> Result<(), String> {
    let mut results = Results::begin(bench, SCENARIO.name, &COLUMNS)?;
    let half = largest(bench)? / 2;
    for round in 1..=bench.arguments.rounds.min(MOST_ROUNDS) {
        for per_second in RATES {
            let what = "records/s";
            results.keep(without_a_job(bench, round, per_second, what))?;
            results.keep(through_a_job(bench, round, per_second, what)?)?;
        }
        let what = "records/s, half of the largest rate";
        results.keep(without_a_job(bench, round, half, what))?;
        results.keep(through_a_job(bench, round, half, what)?)?;
    }
    results.print()
}

/// The largest rate that the machine keeps up with.
fn largest(bench: &Bench<'_>) -> Result<u32, String> {
    let mut largest = FIRST_LOOK;
    loop {
        let next = largest / 2 * 3;
        let tried = through_a_job(bench, 0, next, "records/s")?;
        let p50_ms = tried.figures.iter().find(|(name, _)| *name == "p50_ms");
        let keeps_up = p50_ms.is_some_and(|(_, p50_ms)| *p50_ms <= KEEPS_UP_MS);
        if tried.refused.is_some() || !keeps_up {
            return Ok(largest);
        }
        largest = next;
    }
}

fn without_a_job(bench: &Bench<'_>, round: usize, per_second: u32, what: &str) -> Entry {
    let input = bench.new_topic("input");
    let passed = Passed::of(
        bench,
        flow(&input, per_second),
        &bench.admin.arrivals(&input),
    );
    bench.admin.delete_topic(&input);
    Entry {
        case: format!("{per_second} {what}, without a job"),
        round,
        figures: passed.figures(),
        command: Vec::new(),
        refused: passed.refused,
    }
}

fn through_a_job(
    bench: &Bench<'_>,
    round: usize,
    per_second: u32,
    what: &str,
) -> Result<Entry, String> {
    let (input, output) = (bench.new_topic("input"), bench.new_topic("output"));
    let pass_on = Job {
        name: "pass_on",
        input: &input,
        output: &output,
    };
    let command = job::command_line(bench, pass_on, bench.arguments.cores);
    let arrivals = bench.admin.arrivals(&output);
    let running = Running::start(bench, &command, &input, &arrivals, |_| 1)?;
    let passed = Passed::of(bench, flow(&input, per_second), &arrivals);
    let (cpu_percent, ended_badly) = running.end();
    bench.admin.delete_topic(&input);
    bench.admin.delete_topic(&output);
    let mut figures = passed.figures();
    figures.push(("cpu_percent", cpu_percent));
    Ok(Entry {
        case: format!("{per_second} {what}, through a job"),
        round,
        figures,
        command,
        refused: ended_badly.or(passed.refused),
    })
}

fn flow(input: &str, per_second: u32) -> Flow<'_> {
    Flow {
        input,
        per_second,
        keys: 1_000,
    }
}
