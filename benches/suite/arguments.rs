//! What is to be measured, from the command line.

use std::path::{Path, PathBuf};
use std::thread;

use streamflow_test_support::arguments::{absolute, number};
use streamflow_test_support::process::target_directory;

/// What the command line asks for.
pub(crate) struct Arguments {
    /// How many records a topic that is drained has.
    pub(crate) records: u32,
    pub(crate) rounds: usize,
    /// How long a rate is held, behind two seconds that do not count.
    pub(crate) seconds: u32,
    /// The cores that a job may use.
    pub(crate) cores: usize,
    /// The numbers of workers of jobs that drain a topic.
    pub(crate) workers: Vec<usize>,
    /// The numbers of users in the scenario of that name; those of its own if empty.
    pub(crate) users: Vec<u32>,
    /// How records are read: `native`, `rdkafka`, `auto`.
    pub(crate) source: String,
    /// Whether every combination is measured where there are many.
    pub(crate) extent: Extent,
    /// The scenarios to run, by name; all of them if empty.
    only: Vec<String>,
    /// Given to every job.
    pub(crate) job_flags: Vec<String>,
    /// Where the raw results go.
    pub(crate) results: PathBuf,
    /// A run that takes longer is ended and not reported.
    pub(crate) limit_s: u32,
    /// Raw results to print instead of measuring.
    pub(crate) table: Option<PathBuf>,
}

/// How many combinations are measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// One thing is varied at a time.
    Some,
    /// Each with each.
    All,
}

impl Arguments {
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let cores = thread::available_parallelism()
            .map_or(1, usize::from)
            .min(2);
        let target = target_directory(Path::new(env!("CARGO_MANIFEST_DIR")));
        let mut arguments = Arguments {
            records: 2_000_000,
            rounds: 5,
            seconds: 5,
            cores,
            workers: Vec::new(),
            users: Vec::new(),
            source: "native".to_owned(),
            extent: Extent::Some,
            only: Vec::new(),
            job_flags: Vec::new(),
            results: absolute(target.join("suite/results"))?,
            limit_s: 600,
            table: None,
        };
        // Cargo gives `--bench` to every benchmark.
        let mut words = words.filter(|word| word != "--bench");
        while let Some(name) = words.next() {
            let mut value = || words.next().ok_or(format!("`{name}` needs a value"));
            match name.as_str() {
                "--records" => arguments.records = number(&name, &value()?)?,
                "--rounds" => arguments.rounds = number(&name, &value()?)?,
                "--seconds" => arguments.seconds = number(&name, &value()?)?,
                "--cores" => arguments.cores = number(&name, &value()?)?,
                "--workers" => arguments.workers = numbers(&name, &value()?)?,
                "--users" => arguments.users = numbers(&name, &value()?)?,
                "--source" => arguments.source = value()?,
                "--full" => arguments.extent = Extent::All,
                "--only" => arguments.only = value()?.split(',').map(str::to_owned).collect(),
                "--job-flags" => {
                    arguments.job_flags = value()?.split(' ').map(str::to_owned).collect();
                }
                "--results" => arguments.results = absolute(value()?)?,
                "--limit-s" => arguments.limit_s = number(&name, &value()?)?,
                "--table" => arguments.table = Some(absolute(value()?)?),
                _ => return Err(format!("no argument is named `{name}`")),
            }
        }
        if arguments.workers.is_empty() {
            arguments.workers = vec![arguments.cores];
        }
        Ok(arguments)
    }

    pub(crate) fn asks_for(&self, scenario: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == scenario)
    }

    /// Refuses names of scenarios that there are not.
    pub(crate) fn only_knows(&self, scenarios: &[&str]) -> Result<(), String> {
        let mut asked = self.only.iter();
        match asked.find(|name| !scenarios.contains(&name.as_str())) {
            None => Ok(()),
            Some(unknown) => Err(format!(
                "no scenario is named `{unknown}`; there are {}",
                scenarios.join(", ")
            )),
        }
    }
}

fn numbers<N: std::str::FromStr + Default + PartialEq>(
    name: &str,
    words: &str,
) -> Result<Vec<N>, String> {
    words.split(',').map(|word| number(name, word)).collect()
}
