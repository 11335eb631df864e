//! Drains a topic with a job, again and again, and holds each run against what is known.

use std::hint::black_box;

use streamflow_test_support::kafka::{Compression, Message};
use streamflow_test_support::process::Timed;

use crate::bench::{Bench, PARTITIONS};
use crate::limits::timed;
use crate::results::{Entry, Results};
use crate::table::Column;

/// The columns of a table of such runs. What is done by hand is measured once in each round.
pub(crate) const COLUMNS: [Column; 6] = [
    Column("CPU ns/record", "cpu_ns", 1),
    Column("by hand, in memory", "by_hand_ns", 1),
    Column("million records for a CPU-second", "m_per_cpu_s", 2),
    Column("million records/s on the wall", "m_per_s", 2),
    Column("seconds", "wall_s", 2),
    Column("peak MB", "peak_mb", 0),
];

/// A topic that is drained, and how.
pub(crate) struct Case<'c> {
    pub(crate) label: String,
    /// How many things the figures are divided by.
    pub(crate) records: u32,
    pub(crate) run: Run<'c>,
    /// The loop written by hand, which gives a number that it cannot give without doing its work.
    pub(crate) by_hand: &'c dyn Fn() -> u64,
}

/// Where the results of a run go, the command line of its job, and how they are checked.
pub(crate) enum Run<'c> {
    /// To standard output.
    Printed {
        command: &'c dyn Fn(usize) -> Vec<String>,
        check: &'c dyn Fn(&str) -> Result<(), String>,
    },
    /// To a topic, which is another one in each run.
    ToTopic {
        command: &'c dyn Fn(usize, &str) -> Vec<String>,
        check: &'c dyn Fn(&str) -> Result<(), String>,
    },
}

/// Fills a topic, a thousand records to each partition in turn: by turns of one record, keys whose
/// numbers have the same remainder would share a partition.
pub(crate) fn fill(
    bench: &Bench<'_>,
    topic: &str,
    lines: impl Iterator<Item = String>,
    codec: Compression,
) {
    let messages = lines.zip(0_u32..).map(|(line, number)| {
        let partition = number / 1000 % PARTITIONS;
        Message::from(line).for_partition(partition.cast_signed())
    });
    bench.admin.produce(topic, messages, codec);
}

/// Runs a job as often as there are rounds, with each number of workers in each round.
pub(crate) fn drain(
    bench: &Bench<'_>,
    results: &mut Results,
    case: &Case<'_>,
) -> Result<(), String> {
    let arguments = bench.arguments;
    // The first reader of a topic that has just been written pays for it.
    run(bench, case, arguments.cores)?;
    for round in 1..=arguments.rounds {
        let by_hand_s = timed(|| {
            black_box((case.by_hand)());
        })
        .as_secs_f64();
        for workers in &arguments.workers {
            let (command, ran, refused) = run(bench, case, *workers)?;
            let records = f64::from(case.records);
            let workers = match arguments.workers.len() {
                1 => String::new(),
                _ => format!(", workers: {workers}"),
            };
            results.keep(Entry {
                case: format!("{}{workers}", case.label),
                round,
                figures: vec![
                    ("records", records),
                    ("cpu_s", ran.cpu_s),
                    ("wall_s", ran.wall_s),
                    ("cpu_ns", ran.cpu_s * 1e9 / records),
                    ("by_hand_ns", by_hand_s * 1e9 / records),
                    ("m_per_cpu_s", records / ran.cpu_s / 1e6),
                    ("m_per_s", records / ran.wall_s / 1e6),
                    ("peak_mb", peak_mb(&ran)),
                    ("load_before", ran.load_before),
                ],
                command,
                refused,
            })?;
        }
    }
    Ok(())
}

/// One run: its command line, its times, and why it does not count.
fn run(
    bench: &Bench<'_>,
    case: &Case<'_>,
    workers: usize,
) -> Result<(Vec<String>, Timed, Option<String>), String> {
    let work = bench.new_folder()?;
    let arguments = bench.arguments;
    let time = |mut command: Vec<String>| {
        command.extend(["--until", "caught-up"].map(str::to_owned));
        let ran = Timed::run(&command, arguments.cores, arguments.limit_s, &work)?;
        Ok::<_, String>((command, ran))
    };
    match &case.run {
        Run::Printed { command, check } => {
            let (command, ran) = time(command(workers))?;
            let refused = ran.failure().or_else(|| check(&ran.stdout).err());
            Ok((command, ran, refused))
        }
        Run::ToTopic { command, check } => {
            let output = bench.new_topic("output");
            let (command, ran) = time(command(workers, &output))?;
            let refused = ran.failure().or_else(|| check(&output).err());
            bench.admin.delete_topic(&output);
            Ok((command, ran, refused))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "to be read by people")]
fn peak_mb(ran: &Timed) -> f64 {
    ran.peak_bytes as f64 / 1e6
}
