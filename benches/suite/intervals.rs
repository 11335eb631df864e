//! How long after the end of an interval its results are there.
//!
//! Records come at a constant rate, and a job counts them per key, `every 1s`, into a topic. Each key
//! comes ten times a second. A result carries the number of the last record in it, whose schedule is
//! less than half a second away from the end of the interval: a tenth of a second before it at most,
//! or, for one that was read while the workers came together, some milliseconds behind it. The full
//! second that is nearest to it is the end of the interval. A run counts if the counts of all
//! results add up to the records that were sent.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use streamflow::stream_job;
use streamflow_test_support::figures::quantile;
use streamflow_test_support::kafka::Schedule;

use crate::Scenario;
use crate::bench::Bench;
use crate::flow::{self, Flow, Running, ms};
use crate::job::{self, Job};
use crate::results::{Entry, Results};
use crate::table::Column;

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "intervals",
    run,
    jobs: &[("last_of_second", job)],
};

const RATES: [u32; 2] = [10_000, 100_000];
const RECORDS_PER_KEY: u32 = 10;
const HALF_A_SECOND: Duration = Duration::from_millis(500);
/// A run takes seconds, whatever the job does: no more rounds than these.
const MOST_ROUNDS: usize = 3;

const COLUMNS: [Column; 4] = [
    Column("ms behind the end, first result", "first_ms", 2),
    Column("last result", "last_ms", 2),
    Column("last result, worst interval", "worst_ms", 2),
    Column("% of a core", "cpu_percent", 1),
];

fn job() -> streamflow::Result<()> {
    let (input, output) = (job::input(), job::output());
    streamflow::main(stream_job! {
        job last_of_second
        from kafka(&input)
            // What is no number is a probe's.
            | map(|line| {
                let mut fields = line.split(',');
                (fields.next()?, fields.next()?.parse::<u64>().unwrap_or(0))
            })
            | aggregate_by_key(
                (0u64, 0u64),
                |(n, last), number| (n + 1, last.max(number)),
                |(n, last), (m, other)| (n + m, last.max(other)),
            ) every 1s
            | to kafka(&output, key: |(key, _)| key, value: |(_, (n, last))| format!("{n},{last}"))
    })
}

fn run(bench: &Bench<'_>) -> Result<(), String> {
    let mut results = Results::begin(bench, SCENARIO.name, &COLUMNS)?;
    for round in 1..=bench.arguments.rounds.min(MOST_ROUNDS) {
        for per_second in RATES {
            results.keep(one(bench, round, per_second)?)?;
        }
    }
    results.print()
}

/// When the results of an interval arrived, behind its end.
#[derive(Clone, Copy)]
struct Behind {
    first: Duration,
    last: Duration,
}

fn one(bench: &Bench<'_>, round: usize, per_second: u32) -> Result<Entry, String> {
    let (input, output) = (bench.new_topic("input"), bench.new_topic("output"));
    let job = Job {
        name: "last_of_second",
        input: &input,
        output: &output,
    };
    let command = job::command_line(bench, job, bench.arguments.cores);
    let arrivals = bench.admin.arrivals(&output);
    let probes_in = |value: &[u8]| count_and_last(value).map_or(0, |(n, _)| n);
    let running = Running::start(bench, &command, &input, &arrivals, probes_in)?;
    let keys = per_second / RECORDS_PER_KEY;
    let flow = Flow {
        input: &input,
        per_second,
        keys,
    };
    let mut results: Vec<(Duration, u64, u32)> = Vec::new();
    let count = flow.records(bench);
    let mut missing = u64::from(count);
    let schedule = flow.run(bench, &arrivals, |at, key, value| {
        if key.is_some_and(|key| key.starts_with(b"key"))
            && let Some((n, last)) = count_and_last(value)
        {
            results.push((at, n, last));
            missing = missing.saturating_sub(n);
        }
        if missing == 0 {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    let (cpu_percent, ended_badly) = running.end();
    bench.admin.delete_topic(&input);
    bench.admin.delete_topic(&output);
    let counted: u64 = results.iter().map(|(_, n, _)| n).sum();
    let wrong = (counted != u64::from(count))
        .then(|| format!("{counted} records were counted, and {count} were sent"));
    let mut figures = figures(&intervals(schedule, &results));
    figures.push(("cpu_percent", cpu_percent));
    Ok(Entry {
        case: format!("{per_second} records/s, {keys} keys"),
        round,
        figures,
        command,
        refused: ended_badly.or(wrong),
    })
}

/// The intervals that count, by their ends.
fn intervals(schedule: Schedule, results: &[(Duration, u64, u32)]) -> Vec<Behind> {
    // The clock of the wall at the beginning of the flow.
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let begin = now.saturating_sub(schedule.begin.elapsed());
    let mut intervals: BTreeMap<Duration, Behind> = BTreeMap::new();
    for (at, _, last) in results {
        let last = begin + schedule.since_begin(*last);
        let end = Duration::from_secs((last + HALF_A_SECOND).as_secs());
        if !flow::counts(end.saturating_sub(begin)) {
            continue;
        }
        let behind = (begin + *at).saturating_sub(end);
        let interval = intervals.entry(end).or_insert(Behind {
            first: behind,
            last: behind,
        });
        interval.first = interval.first.min(behind);
        interval.last = interval.last.max(behind);
    }
    // The flow ends somewhere in the last one, or behind its end: nearest to that may be either.
    intervals.pop_last();
    intervals.into_values().collect()
}

fn figures(intervals: &[Behind]) -> Vec<(&'static str, f64)> {
    let sorted = |figure: fn(&Behind) -> Duration| {
        let mut figures: Vec<f64> = intervals.iter().map(|behind| ms(figure(behind))).collect();
        figures.sort_by(f64::total_cmp);
        figures
    };
    let (first, last) = (sorted(|behind| behind.first), sorted(|behind| behind.last));
    vec![
        ("first_ms", quantile(&first, 0.5)),
        ("last_ms", quantile(&last, 0.5)),
        ("worst_ms", quantile(&last, 1.0)),
    ]
}

fn count_and_last(value: &[u8]) -> Option<(u64, u32)> {
    let (n, last) = std::str::from_utf8(value).ok()?.split_once(',')?;
    Some((n.parse().ok()?, last.parse().ok()?))
}
