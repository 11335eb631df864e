//! Keeps every run as a line of JSON.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::bench::{Bench, PARTITIONS};
use crate::table::{self, Column};

/// The raw results of one scenario.
pub(crate) struct Results {
    path: PathBuf,
    file: File,
}

/// One run of one case.
pub(crate) struct Entry {
    /// What is measured, as the table names it.
    pub(crate) case: String,
    pub(crate) round: usize,
    pub(crate) figures: Vec<(&'static str, f64)>,
    pub(crate) command: Vec<String>,
    /// Why it does not count, if it does not.
    pub(crate) refused: Option<String>,
}

impl Results {
    /// An empty file whose first line says what is measured, and where.
    pub(crate) fn begin(
        bench: &Bench<'_>,
        scenario: &str,
        columns: &[Column],
    ) -> Result<Self, String> {
        let arguments = bench.arguments;
        let machine = &bench.machine;
        let path = arguments.results.join(format!("{scenario}.jsonl"));
        let about = json!({
            "about": {
                "scenario": scenario,
                "columns": columns.iter().map(Column::as_json).collect::<Vec<_>>(),
                "records": arguments.records,
                "rounds": arguments.rounds,
                "seconds": arguments.seconds,
                "partitions": PARTITIONS,
                "cores": arguments.cores,
                "source": arguments.source,
                "job_flags": arguments.job_flags,
                "date": machine.date,
                "processor": machine.processor,
                "cores_of_machine": machine.cores,
                "copied_per_s": bench.copied_per_s,
                "kernel": machine.kernel,
                "java": machine.java,
                "kafka": streamflow_test_support::kafka::VERSION,
                "rustc": machine.rustc,
                "streamflow": env!("CARGO_PKG_VERSION"),
                "commit": machine.commit,
                "command": std::env::args().collect::<Vec<_>>(),
            }
        });
        let begun = fs::create_dir_all(&arguments.results).and_then(|()| File::create(&path));
        let file = begun.map_err(|cause| format!("cannot write `{}`: {cause}", path.display()))?;
        let mut results = Results { path, file };
        results.write(&about)?;
        Ok(results)
    }

    pub(crate) fn keep(&mut self, entry: Entry) -> Result<(), String> {
        let figures = entry.figures.into_iter();
        let figures: Map<String, Value> = figures
            .map(|(name, figure)| (name.to_owned(), json!(figure)))
            .collect();
        if let Some(why) = &entry.refused {
            println!(
                "NOT COUNTED: {}, round {}: {why}\n",
                entry.case, entry.round
            );
        }
        self.write(&json!({
            "case": entry.case,
            "round": entry.round,
            "figures": figures,
            "command": entry.command,
            "refused": entry.refused,
        }))
    }

    /// Prints the table of what has been kept.
    pub(crate) fn print(&self) -> Result<(), String> {
        table::print(&self.path)
    }

    fn write(&mut self, line: &Value) -> Result<(), String> {
        let failed = |cause: io::Error| format!("cannot write `{}`: {cause}", self.path.display());
        writeln!(self.file, "{line}").map_err(failed)
    }
}
