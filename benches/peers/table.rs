//! The figures of all runs, as tables in Markdown.

use std::fs;
use std::path::Path;

use serde_json::Value;
use streamflow_test_support::figures::spread;

use crate::system::STREAMFLOW;

/// What is known of one run.
struct Run {
    system: String,
    version: String,
    round: u64,
    records: f64,
    whole: Cost,
    counting: Cost,
    peak_mb: f64,
    load_before: f64,
    /// Why it does not count.
    refused: Option<String>,
}

#[derive(Clone, Copy)]
struct Cost {
    wall_s: f64,
    cpu_s: f64,
}

impl Run {
    fn of(entry: &Value) -> Self {
        let number = |name: &str| entry[name].as_f64().unwrap_or_default();
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let cost = |before: &str| Cost {
            wall_s: number(&format!("{before}wall_s")),
            cpu_s: number(&format!("{before}cpu_s")),
        };
        Run {
            system: text("system"),
            version: text("version"),
            round: entry["round"].as_u64().unwrap_or_default(),
            records: number("records"),
            whole: cost(""),
            counting: cost("counting_"),
            peak_mb: number("peak_bytes") / 1e6,
            load_before: number("load_before"),
            refused: entry["refused"].as_str().map(str::to_owned),
        }
    }
}

/// One run in one line.
pub(crate) fn progress(round: usize, entry: &Value) -> String {
    let run = Run::of(entry);
    if let Some(why) = run.refused {
        return format!("round {round}: {}: NOT COUNTED: {why}", run.system);
    }
    format!(
        "round {round}: {}: whole {:.2} s, CPU {:.2} s; counting {:.2} s, CPU {:.2} s; {:.0} MB",
        run.system,
        run.whole.wall_s,
        run.whole.cpu_s,
        run.counting.wall_s,
        run.counting.cpu_s,
        run.peak_mb
    )
}

/// Prints what stands in a file of raw results.
pub(crate) fn print(file: &Path) -> Result<(), String> {
    let failed = |cause: &dyn std::fmt::Display| format!("`{}`: {cause}", file.display());
    let text = fs::read_to_string(file).map_err(|cause| failed(&cause))?;
    let mut runs = Vec::new();
    for line in text.lines() {
        let entry: Value = serde_json::from_str(line).map_err(|cause| failed(&cause))?;
        match entry.get("about") {
            Some(about) => print_about(about),
            None => runs.push(Run::of(&entry)),
        }
    }
    let mut systems: Vec<&str> = Vec::new();
    for run in &runs {
        if !systems.contains(&run.system.as_str()) {
            systems.push(&run.system);
        }
    }
    let (counted, refused): (Vec<&Run>, Vec<&Run>) =
        runs.iter().partition(|run| run.refused.is_none());
    print_cpu(&systems, &counted);
    print_wall(&systems, &counted);
    println!("streamflow does not tell its first record: its whole run stands for its counting.");
    let loads = spread(counted.iter().map(|run| run.load_before), 1);
    println!("Load of the machine before each run: {loads}.");
    for run in refused {
        let why = run.refused.as_deref().unwrap_or_default();
        println!("Not counted: {} in round {}: {why}", run.system, run.round);
    }
    Ok(())
}

fn print_about(about: &Value) {
    let text = |name: &str| about[name].as_str().unwrap_or("unknown").to_owned();
    println!(
        "{} records, {} users, {} partitions, {} cores of {}; {} rounds; {} UTC",
        about["records"],
        about["users"],
        about["partitions"],
        about["cores"],
        about["cores_of_machine"],
        about["rounds"],
        text("date")
    );
    println!(
        "{}; {}; {}; {}; commit {}\n",
        text("processor"),
        text("kernel"),
        text("java"),
        text("rustc"),
        text("commit")
    );
}

/// A column: its heading, and what stands in it for a system.
type Column<'c> = (&'c str, Box<dyn Fn(&str) -> String + 'c>);

fn print_cpu(systems: &[&str], runs: &[&Run]) {
    let columns: [Column<'_>; 5] = [
        (
            "CPU ns/record, whole",
            spreads(runs, 0, |run| run.whole.cpu_s * 1e9 / run.records),
        ),
        (
            "counting",
            spreads(runs, 0, |run| run.counting.cpu_s * 1e9 / run.records),
        ),
        (
            "million records for a CPU-second, counting",
            spreads(runs, 2, |run| run.records / run.counting.cpu_s / 1e6),
        ),
        (
            "times streamflow's, whole",
            ratios(runs, |run| run.whole.cpu_s),
        ),
        ("counting", ratios(runs, |run| run.counting.cpu_s)),
    ];
    print_columns(systems, runs, &columns);
}

fn print_wall(systems: &[&str], runs: &[&Run]) {
    let columns: [Column<'_>; 6] = [
        ("seconds, whole", spreads(runs, 2, |run| run.whole.wall_s)),
        ("counting", spreads(runs, 2, |run| run.counting.wall_s)),
        (
            "million records/s, counting",
            spreads(runs, 2, |run| run.records / run.counting.wall_s / 1e6),
        ),
        (
            "times streamflow's, whole",
            ratios(runs, |run| run.whole.wall_s),
        ),
        ("counting", ratios(runs, |run| run.counting.wall_s)),
        ("peak MB", spreads(runs, 0, |run| run.peak_mb)),
    ];
    print_columns(systems, runs, &columns);
}

fn print_columns(systems: &[&str], runs: &[&Run], columns: &[Column<'_>]) {
    let headings: Vec<&str> = columns.iter().map(|(heading, _)| *heading).collect();
    println!("| system | {} |", headings.join(" | "));
    println!("|---|{}", "---|".repeat(columns.len()));
    for system in systems {
        let Some(run) = of(system, runs).next() else {
            println!("| {system} | no run counts {}", "| ".repeat(columns.len()));
            continue;
        };
        let figures: Vec<String> = columns.iter().map(|(_, figure)| figure(system)).collect();
        println!("| {system} {} | {} |", run.version, figures.join(" | "));
    }
    println!();
}

/// A figure of each of a system's runs.
fn spreads<'r>(
    runs: &'r [&Run],
    decimals: usize,
    figure: impl Fn(&Run) -> f64 + 'r,
) -> Box<dyn Fn(&str) -> String + 'r> {
    Box::new(move |system| spread(of(system, runs).map(&figure), decimals))
}

/// How many times streamflow's time a system takes, in each round that has both.
fn ratios<'r>(
    runs: &'r [&Run],
    time: impl Fn(&Run) -> f64 + 'r,
) -> Box<dyn Fn(&str) -> String + 'r> {
    Box::new(move |system| {
        let ratios: Vec<f64> = of(system, runs)
            .filter_map(|run| {
                let own = of(STREAMFLOW, runs).find(|own| own.round == run.round)?;
                Some(time(run) / time(own))
            })
            .collect();
        if ratios.is_empty() || system == STREAMFLOW {
            return "–".to_owned();
        }
        spread(ratios, 1)
    })
}

fn of<'r>(system: &str, runs: &'r [&Run]) -> impl Iterator<Item = &'r Run> {
    runs.iter().copied().filter(move |run| run.system == system)
}
