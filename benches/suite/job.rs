//! Which process a job is: its command line, and how this binary becomes it.

use std::env;
use std::process::Command;

use streamflow_test_support::kafka::unique;
use streamflow_test_support::process::without_settings;

use crate::bench::Bench;

/// The `main` of a job.
pub(crate) type Main = fn() -> streamflow::Result<()>;

const JOB: &str = "SUITE_JOB";
const INPUT: &str = "SUITE_INPUT";
const OUTPUT: &str = "SUITE_OUTPUT";

/// The job that this process is to be, if it is one.
pub(crate) fn asked_for<'j>(
    mut jobs: impl Iterator<Item = &'j (&'static str, Main)>,
) -> Option<Main> {
    let asked = env::var(JOB).ok()?;
    let found = jobs.find(|(name, _)| *name == asked);
    let (_, main) = found.unwrap_or_else(|| panic!("no job is named `{asked}`"));
    Some(*main)
}

/// The topic that the job of this process reads.
pub(crate) fn input() -> String {
    env::var(INPUT).unwrap_or_else(|_| "input".to_owned())
}

/// The topic that the job of this process writes.
pub(crate) fn output() -> String {
    env::var(OUTPUT).unwrap_or_else(|_| "output".to_owned())
}

/// A job of this binary, with its topics.
#[derive(Clone, Copy)]
pub(crate) struct Job<'j> {
    pub(crate) name: &'j str,
    pub(crate) input: &'j str,
    pub(crate) output: &'j str,
}

/// The command line of a job of this binary.
pub(crate) fn command_line(bench: &Bench<'_>, job: Job<'_>, workers: usize) -> Vec<String> {
    let binary = env::current_exe().expect("a process knows its executable");
    let mut command_line = vec![
        "env".to_owned(),
        format!("{JOB}={}", job.name),
        format!("{INPUT}={}", job.input),
        format!("{OUTPUT}={}", job.output),
        binary.display().to_string(),
    ];
    command_line.extend(flags(bench, workers));
    command_line
}

/// What every job is told. Offsets are kept with the group: each run has one of its own.
pub(crate) fn flags(bench: &Bench<'_>, workers: usize) -> Vec<String> {
    let arguments = bench.arguments;
    let (brokers, group) = (bench.broker.bootstrap(), unique("suite"));
    let workers = workers.to_string();
    let flags = [
        ["--brokers", &brokers],
        ["--group", &group],
        ["--source", &arguments.source],
        ["--parallelism", &workers],
        ["--from", "earliest"],
    ];
    let flags = flags.into_iter().flatten().map(str::to_owned);
    flags.chain(arguments.job_flags.iter().cloned()).collect()
}

/// The consumer group in a command line.
pub(crate) fn group(command_line: &[String]) -> &str {
    let mut words = command_line.iter().skip_while(|word| *word != "--group");
    words.nth(1).map_or("", String::as_str)
}

/// The command line as a command, to be started and watched.
pub(crate) fn command(command_line: &[String]) -> Command {
    let mut command = without_settings(Command::new(&command_line[0]));
    command.args(&command_line[1..]);
    command
}
