//! What is to be measured, from the command line.

use std::path::PathBuf;

use streamflow_test_support::arguments::{absolute, number};

/// What the command line asks for.
pub(crate) struct Arguments {
    pub(crate) records: u32,
    pub(crate) users: u32,
    /// How many cores every system may use, and its number of workers, threads or slots.
    pub(crate) cores: usize,
    pub(crate) rounds: usize,
    /// The systems to run, by name; all of them if empty.
    pub(crate) only: Vec<String>,
    /// Given to every JVM but the broker's.
    pub(crate) java_options: Vec<String>,
    /// Where the raw results go.
    pub(crate) results: PathBuf,
    /// A run that takes longer is ended and not reported.
    pub(crate) limit_s: u32,
    /// Raw results to print instead of measuring.
    pub(crate) table: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Arguments {
            records: 5_000_000,
            users: 10_000,
            cores: 2,
            rounds: 3,
            only: Vec::new(),
            java_options: ["-Xmx4g", "-XX:+UseParallelGC"].map(str::to_owned).into(),
            results: crate::java::target_directory().join("peers/results"),
            limit_s: 1200,
            table: None,
        };
        // Cargo gives `--bench` to every benchmark.
        let mut words = words.filter(|word| word != "--bench");
        while let Some(name) = words.next() {
            let mut value = || words.next().ok_or(format!("`{name}` needs a value"));
            match name.as_str() {
                "--records" => arguments.records = number(&name, &value()?)?,
                "--users" => arguments.users = number(&name, &value()?)?,
                "--cores" => arguments.cores = number(&name, &value()?)?,
                "--rounds" => arguments.rounds = number(&name, &value()?)?,
                "--limit-s" => arguments.limit_s = number(&name, &value()?)?,
                "--only" => arguments.only = value()?.split(',').map(str::to_owned).collect(),
                "--java-options" => {
                    arguments.java_options = value()?.split(' ').map(str::to_owned).collect();
                }
                "--results" => arguments.results = absolute(value()?)?,
                "--table" => arguments.table = Some(absolute(value()?)?),
                _ => return Err(format!("no argument is named `{name}`")),
            }
        }
        Ok(arguments)
    }
}
