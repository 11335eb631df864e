//! The figures of all runs of a scenario, as a table in Markdown.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use streamflow_test_support::figures::spread;

/// A column of a table: its heading, the figure that stands in it, and its decimals.
pub(crate) struct Column(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) usize,
);

impl Column {
    pub(crate) fn as_json(&self) -> Value {
        let Column(heading, figure, decimals) = self;
        json!([heading, figure, decimals])
    }
}

/// Prints what stands in a file of raw results.
pub(crate) fn print(file: &Path) -> Result<(), String> {
    let failed = |cause: &dyn std::fmt::Display| format!("`{}`: {cause}", file.display());
    let text = fs::read_to_string(file).map_err(|cause| failed(&cause))?;
    let mut lines = text.lines().map(serde_json::from_str::<Value>);
    let first = lines.next().ok_or_else(|| failed(&"it is empty"))?;
    let about = &first.map_err(|cause| failed(&cause))?["about"];
    let runs: Result<Vec<Value>, _> = lines.collect();
    let runs = runs.map_err(|cause| failed(&cause))?;
    let columns: Vec<Value> = about["columns"].as_array().cloned().unwrap_or_default();
    let headings: Vec<&str> = columns
        .iter()
        .filter_map(|column| column[0].as_str())
        .collect();
    let scenario = about["scenario"].as_str().unwrap_or("case");
    println!("| {scenario} | {} |", headings.join(" | "));
    println!("|---|{}", "---|".repeat(headings.len()));
    for case in cases(&runs) {
        let counted: Vec<&Value> = of(case, &runs)
            .filter(|run| run["refused"].is_null())
            .collect();
        let cells: Vec<String> = columns
            .iter()
            .map(|column| cell(column, &counted))
            .collect();
        println!("| {case} | {} |", cells.join(" | "));
    }
    println!();
    for run in runs.iter().filter(|run| !run["refused"].is_null()) {
        println!(
            "Not counted: {}, round {}: {}",
            run["case"], run["round"], run["refused"]
        );
    }
    Ok(())
}

/// The cases in the order of their first runs.
fn cases(runs: &[Value]) -> Vec<&str> {
    let mut cases: Vec<&str> = Vec::new();
    for case in runs.iter().filter_map(|run| run["case"].as_str()) {
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    cases
}

fn of<'r>(case: &str, runs: &'r [Value]) -> impl Iterator<Item = &'r Value> {
    runs.iter()
        .filter(move |run| run["case"].as_str() == Some(case))
}

fn cell(column: &Value, runs: &[&Value]) -> String {
    let figure = column[1].as_str().unwrap_or_default();
    let decimals = column[2]
        .as_u64()
        .and_then(|decimals| decimals.try_into().ok());
    let figures: Vec<f64> = runs
        .iter()
        .filter_map(|run| run["figures"][figure].as_f64())
        .collect();
    if figures.is_empty() {
        return "–".to_owned();
    }
    spread(figures, decimals.unwrap_or(0))
}
