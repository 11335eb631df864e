//! How long a job with a million keys stands still for a checkpoint.
//!
//! The job counts per key in an interval that does not end, and passes each record on. With the keys
//! in its state it is given 10,000 records a second of the same keys, and saves every second. What is
//! looked at is when records come out: the longest time without one is at least as long as the
//! longest pause. Beside it the same without checkpoints, and with few keys. A run counts if each
//! record has arrived once, and a checkpoint was written in each second but one.

use streamflow::stream_job;
use streamflow_test_support::kafka::Compression;

use crate::Scenario;
use crate::bench::Bench;
use crate::drained::fill;
use crate::flow::{Flow, Passed, Running};
use crate::job::{self, Job};
use crate::results::{Entry, Results};
use crate::saved;
use crate::table::Column;

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "checkpoint",
    run,
    jobs: &[("counting", job)],
};

const PER_SECOND: u32 = 10_000;
const CASES: [(u32, Saving); 3] = [
    (1_000_000, Saving::Nothing),
    (1_000, Saving::EverySecond),
    (1_000_000, Saving::EverySecond),
];
/// A run takes seconds, whatever the job does: no more rounds than these.
const MOST_ROUNDS: usize = 3;

const COLUMNS: [Column; 6] = [
    Column("ms, longest time without a record", "longest_gap_ms", 1),
    Column("latency, p50", "p50_ms", 2),
    Column("p99", "p99_ms", 2),
    Column("max", "max_ms", 1),
    Column("MB of the last checkpoint", "checkpoint_mb", 2),
    Column("% of a core", "cpu_percent", 1),
];

/// Whether checkpoints are written.
#[derive(Clone, Copy)]
enum Saving {
    Nothing,
    EverySecond,
}

fn job() -> streamflow::Result<()> {
    let (input, output) = (job::input(), job::output());
    streamflow::main(stream_job! {
        job counting
        let lines = from kafka(&input);
        // The first records of all keys have no comma, and are not passed on.
        lines
            | filter(|line| line.contains(','))
            | to kafka(&output);
        lines
            | map(|line| (line.split(',').next()?, 1u64))
            | reduce_by_key(+) every 365d
            | to null
    })
}

fn run(bench: &Bench<'_>) -> Result<(), String> {
    let mut results = Results::begin(bench, SCENARIO.name, &COLUMNS)?;
    for round in 1..=bench.arguments.rounds.min(MOST_ROUNDS) {
        for (keys, saving) in CASES {
            results.keep(one(bench, round, keys, saving)?)?;
        }
    }
    results.print()
}

fn one(bench: &Bench<'_>, round: usize, keys: u32, saving: Saving) -> Result<Entry, String> {
    let (input, output) = (bench.new_topic("input"), bench.new_topic("output"));
    let first = (0..keys).map(|key| format!("key{key}"));
    fill(bench, &input, first, Compression::None);
    let checkpoints = bench.new_folder()?.join("checkpoints");
    let job = Job {
        name: "counting",
        input: &input,
        output: &output,
    };
    let mut command = job::command_line(bench, job, bench.arguments.cores);
    let saves = match saving {
        Saving::Nothing => "no checkpoints",
        Saving::EverySecond => {
            command.extend(["--checkpoint".to_owned(), checkpoints.display().to_string()]);
            command.extend(["--checkpoint-every", "1s"].map(str::to_owned));
            "a checkpoint every second"
        }
    };
    let arrivals = bench.admin.arrivals(&output);
    let running = Running::start(bench, &command, &input, &arrivals, |_| 1)?;
    let before = saved::newest(&checkpoints);
    let flow = Flow {
        input: &input,
        per_second: PER_SECOND,
        keys,
    };
    let passed = Passed::of(bench, flow, &arrivals);
    let after = saved::newest(&checkpoints);
    let (cpu_percent, ended_badly) = running.end();
    bench.admin.delete_topic(&input);
    bench.admin.delete_topic(&output);
    let written = after.number - before.number;
    let missed = match saving {
        Saving::EverySecond if written + 1 < u64::from(bench.arguments.seconds) => {
            Some(format!("only {written} checkpoints were written"))
        }
        Saving::Nothing | Saving::EverySecond => None,
    };
    let mut figures = passed.figures();
    figures.push(("cpu_percent", cpu_percent));
    if let Saving::EverySecond = saving {
        figures.push(("checkpoint_mb", after.megabytes()));
    }
    Ok(Entry {
        case: format!("{keys} keys, {saves}"),
        round,
        figures,
        command,
        refused: ended_badly.or(passed.refused).or(missed),
    })
}
