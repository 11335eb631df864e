//! How fast whole jobs are on a real broker, and how late, each beside what a loop written by hand
//! takes over the same bytes.
//!
//! ```text
//! cargo bench --bench suite
//! cargo bench --bench suite -- --only users,word_count --records 20000000 --rounds 5
//! cargo bench --bench suite -- --only users --full
//! cargo bench --bench suite -- --table target/suite/results/users.jsonl
//! ```
//!
//! A scenario is a file of this folder, and says in its first line what it measures. It needs
//! Linux, bash, Java 17 or newer, and Maven. The broker runs on the same cores, and its time is
//! nobody's.
//!
//! Jobs are processes of their own: the examples, or this binary, which becomes the job that the
//! environment variable `SUITE_JOB` names. Processor time is user and system time of the process
//! from its start to its end, as the shell counts it, with two to five milliseconds for the shell's
//! own helpers: with few records that is seen in the figures, and so is the start of the job.
//!
//! Every run is held against what is known of its input. One that is wrong is kept in the raw
//! results, with the reason, and not reported. Figures are a median, with the least and the
//! greatest. Raw results are lines of JSON in the folder that `--results` names
//! (`target/suite/results`), a file for each scenario; the first line says when, where, and with
//! which versions and arguments. `--table` prints such a file again.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod arguments;
mod averages;
mod bench;
mod by_hand;
mod checkpoint;
mod copy;
mod drained;
mod flow;
mod held;
mod intervals;
mod job;
mod latency;
mod limits;
mod lines;
mod nexmark;
mod results;
mod saved;
mod start;
mod table;
mod users;
mod word_count;
mod yahoo;

use std::process::ExitCode;

use arguments::Arguments;
use bench::Bench;

/// One thing that is measured, with the jobs that it needs besides the examples.
struct Scenario {
    name: &'static str,
    run: fn(&Bench<'_>) -> Result<(), String>,
    jobs: &'static [(&'static str, job::Main)],
}

const SCENARIOS: [Scenario; 11] = [
    users::SCENARIO,
    held::SCENARIO,
    averages::SCENARIO,
    copy::SCENARIO,
    word_count::SCENARIO,
    yahoo::SCENARIO,
    nexmark::SCENARIO,
    latency::SCENARIO,
    intervals::SCENARIO,
    start::SCENARIO,
    checkpoint::SCENARIO,
];

fn main() -> ExitCode {
    let jobs = SCENARIOS.iter().flat_map(|scenario| scenario.jobs);
    if let Some(job) = job::asked_for(jobs) {
        return match job() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_said_by_the_job) => ExitCode::FAILURE,
        };
    }
    let done = Arguments::read(std::env::args().skip(1)).and_then(|arguments| {
        if let Some(file) = &arguments.table {
            return table::print(file);
        }
        measure(&arguments)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("NOT MEASURED: {why}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<(), String> {
    let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
    arguments.only_knows(&names)?;
    let bench = Bench::prepare(arguments)?;
    println!("{}\n", bench.heading());
    for scenario in &SCENARIOS {
        if arguments.asks_for(scenario.name) {
            println!("## {}\n", scenario.name);
            (scenario.run)(&bench)?;
        }
    }
    Ok(())
}
