//! How long it takes from the start of a process to its first output, and from a restart to its first
//! checkpoint.
//!
//! Outputs are messages in a topic, and looked for by a consumer that waits for them: what the broker
//! takes to hand them over is in the figures. When a process fetches for the first time cannot be
//! seen from outside, and is not measured; `--help` tells what the process alone takes.
//!
//! For the restart, a job counts per key in an interval that does not end. It is stopped when all
//! records are in a checkpoint, one more record is sent, and it is started again; what is looked for
//! is the file of the next checkpoint, every half millisecond. A run counts if the job, started once
//! more and ended at the end of its input, sends the count of each key.

use std::thread;
use std::time::{Duration, Instant};

use streamflow::stream_job;
use streamflow_test_support::kafka::{Compression, Message};
use streamflow_test_support::process;

use crate::Scenario;
use crate::bench::Bench;
use crate::drained::fill;
use crate::flow::ms;
use crate::job::{self, Job};
use crate::results::{Entry, Results};
use crate::saved;
use crate::table::Column;

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "start",
    run,
    jobs: &[("first_result", first_result), ("kept", kept)],
};

const COLUMNS: [Column; 1] = [Column("ms", "ms", 1)];
const KEYS: [u32; 2] = [1_000, 1_000_000];
const RECORDS: u32 = 1_000;
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_micros(500);

fn first_result() -> streamflow::Result<()> {
    let (input, output) = (job::input(), job::output());
    streamflow::main(stream_job! {
        job first_result
        from kafka(&input)
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 100ms
            | to kafka(&output, key: |(line, _)| line, value: |(_, n)| n)
    })
}

fn kept() -> streamflow::Result<()> {
    let (input, output) = (job::input(), job::output());
    streamflow::main(stream_job! {
        job kept
        from kafka(&input)
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 365d
            | to kafka(&output, key: |(line, _)| line, value: |(_, n)| n)
    })
}

fn run(bench: &Bench<'_>) -> Result<(), String> {
    let mut results = Results::begin(bench, SCENARIO.name, &COLUMNS)?;
    let input = bench.new_topic("input");
    fill(bench, &input, keys(RECORDS), Compression::None);
    for round in 1..=bench.arguments.rounds {
        results.keep(help(bench, round, &input)?)?;
        let first = [
            ("pass_on", "to the first message of a stateless job"),
            ("first_result", "to the first result of `every 100ms`"),
        ];
        for (name, case) in first {
            results.keep(first_output(bench, round, &input, name, case)?)?;
        }
    }
    bench.admin.delete_topic(&input);
    for n_keys in KEYS {
        let input = bench.new_topic("input");
        fill(bench, &input, keys(n_keys), Compression::None);
        for round in 1..=bench.arguments.rounds {
            let records = u64::from(n_keys) + (round as u64 - 1);
            for entry in restart(bench, round, &input, n_keys, records)? {
                results.keep(entry)?;
            }
        }
        bench.admin.delete_topic(&input);
    }
    results.print()
}

fn keys(n_keys: u32) -> impl Iterator<Item = String> {
    (0..n_keys).map(|n| format!("key{n}"))
}

fn help(bench: &Bench<'_>, round: usize, input: &str) -> Result<Entry, String> {
    let mut command = job_of(bench, "pass_on", input, "none");
    // Behind no other flag: they go with a run.
    command.truncate(5);
    command.push("--help".to_owned());
    let begun = Instant::now();
    let output = job::command(&command).output();
    let took = begun.elapsed();
    let output = output.map_err(|cause| format!("the job cannot be started: {cause}"))?;
    Ok(Entry {
        case: "the process alone (`--help`)".to_owned(),
        round,
        figures: vec![("ms", ms(took))],
        command,
        refused: (!output.status.success()).then(|| "it did not end well".to_owned()),
    })
}

fn first_output(
    bench: &Bench<'_>,
    round: usize,
    input: &str,
    name: &str,
    case: &str,
) -> Result<Entry, String> {
    let output = bench.new_topic("output");
    let arrivals = bench.admin.arrivals(&output);
    // The consumer has found its partitions by the time that the job has written to them.
    let _connected = arrivals.next(Duration::from_millis(500), |_, _| ());
    let command = job_of(bench, name, input, &output);
    let begun = Instant::now();
    let mut job = process::Job::start(&mut job::command(&command));
    let mut took = None;
    while took.is_none() && begun.elapsed() < PATIENCE {
        took = arrivals.next(Duration::from_millis(20), |_, _| begun.elapsed());
    }
    let took = took.ok_or_else(|| format!("no output: {}", job.stderr()))?;
    job.terminate();
    let ended = job.wait(PATIENCE);
    bench.admin.delete_topic(&output);
    Ok(Entry {
        case: case.to_owned(),
        round,
        figures: vec![("ms", ms(took))],
        command,
        refused: (ended.code != Some(0)).then_some(ended.stderr),
    })
}

/// Ends and restarts a job with so many keys; `records` are in its topic, and will be one more.
fn restart(
    bench: &Bench<'_>,
    round: usize,
    input: &str,
    n_keys: u32,
    records: u64,
) -> Result<[Entry; 2], String> {
    let output = bench.new_topic("output");
    let checkpoints = bench.new_folder()?.join("checkpoints");
    let mut command = job_of(bench, "kept", input, &output);
    command.extend(["--checkpoint".to_owned(), checkpoints.display().to_string()]);
    command.extend(["--checkpoint-every", "100ms"].map(str::to_owned));

    let mut job = process::Job::start(&mut job::command(&command));
    wait_until_committed(bench, &command, input, records)?;
    let begun = Instant::now();
    job.terminate();
    let ended = job.wait(PATIENCE);
    let ending = begun.elapsed();
    let mut refused = (ended.code != Some(0)).then_some(ended.stderr);

    let one_more = [Message::from("key0")];
    bench.admin.produce(input, one_more, Compression::None);
    let last = saved::newest(&checkpoints);
    let begun = Instant::now();
    let mut job = process::Job::start(&mut job::command(&command));
    while saved::newest(&checkpoints) <= last {
        if begun.elapsed() > PATIENCE {
            return Err(format!("no checkpoint: {}", job.stderr()));
        }
        thread::sleep(BETWEEN_LOOKS);
    }
    let restarting = begun.elapsed();
    wait_until_committed(bench, &command, input, records + 1)?;
    job.terminate();
    let ended = job.wait(PATIENCE);
    refused = refused.or_else(|| (ended.code != Some(0)).then_some(ended.stderr));
    let wrong = || counts_are_right(bench, &command, &output, n_keys, records + 1).err();
    refused = refused.or_else(wrong);
    bench.admin.delete_topic(&output);
    let entry = |case: String, took: Duration| Entry {
        case,
        round,
        figures: vec![("ms", ms(took))],
        command: command.clone(),
        refused: refused.clone(),
    };
    Ok([
        entry(format!("from SIGTERM to the end, {n_keys} keys"), ending),
        entry(
            format!("from a restart to the next checkpoint, {n_keys} keys"),
            restarting,
        ),
    ])
}

fn job_of(bench: &Bench<'_>, name: &str, input: &str, output: &str) -> Vec<String> {
    let job = Job {
        name,
        input,
        output,
    };
    job::command_line(bench, job, bench.arguments.cores)
}

fn wait_until_committed(
    bench: &Bench<'_>,
    command: &[String],
    input: &str,
    records: u64,
) -> Result<(), String> {
    let deadline = Instant::now() + PATIENCE;
    let group = job::group(command);
    loop {
        let committed: i64 = bench.admin.committed_offsets(group, input).values().sum();
        if u64::try_from(committed).is_ok_and(|committed| committed == records) {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("{committed} of {records} records are committed"));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Runs the job to the end of its input, where the open interval leaves.
fn counts_are_right(
    bench: &Bench<'_>,
    command: &[String],
    output: &str,
    n_keys: u32,
    records: u64,
) -> Result<(), String> {
    let mut command = job::command(command);
    let job = process::Job::start(command.args(["--until", "caught-up"]));
    let ended = job.wait(PATIENCE);
    if ended.code != Some(0) {
        return Err(ended.stderr);
    }
    let (mut keys, mut sum) = (0_u32, 0_u64);
    bench.admin.each_key_and_value(output, |_, value| {
        let count = String::from_utf8_lossy(value.unwrap_or_default()).parse::<u64>();
        keys += 1;
        sum += count.unwrap_or(0);
    });
    if (keys, sum) == (n_keys, records) {
        return Ok(());
    }
    Err(format!(
        "{keys} keys were counted {sum} times, and {n_keys} were sent {records} times"
    ))
}
