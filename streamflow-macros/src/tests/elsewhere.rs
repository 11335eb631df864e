//! The pages for users of other systems say what runs and what does not: so does the compiler.

use streamflow_test_support::book;

use super::diagnostics;
use crate::diagnostics::Diagnostics;
use crate::{parse, resolve, support};

/// A row `| there | here | status |` of a page, whose status is one of the compiler's.
struct Row {
    /// The stage, source or header that is written here.
    here: String,
    runs: bool,
}

#[test]
fn what_is_said_to_run_compiles_and_what_is_not_is_refused_as_that() {
    for page in ["spark", "kafka-streams", "flink", "sql"] {
        let path = book::folder().join(format!("from-{page}.md"));
        let text = std::fs::read_to_string(path).expect("a page of the book");
        let rows = rows(&text);
        assert!(!rows.is_empty(), "{page} has no rows");
        for Row { here, runs } in rows {
            let job = job(&here);
            assert_eq!(diagnostics(&job).list(), [], "{page}: {job}");
            let refused = refused(&job);
            assert_eq!(refused.is_empty(), runs, "{page}: {job}: {refused:?}");
        }
    }
}

#[test]
fn page_for_spark_has_every_operation_of_a_dstream() {
    let path = book::folder().join("from-spark.md");
    let text = std::fs::read_to_string(path).expect("a page of the book");
    let (_, table) = text
        .split_once("| DStream | here | status |\n|---|---|---|\n")
        .expect("the table of a `DStream`");
    let operations = table.lines().take_while(|line| line.starts_with('|'));
    assert_eq!(operations.count(), 41);
}

fn rows(page: &str) -> Vec<Row> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .filter_map(|line| {
            let line = line.replace("\\|", "\0");
            let mut cells = line.split(" | ").skip(1);
            let (here, status) = (cells.next()?, cells.next()?);
            let runs = match status.split(';').next()? {
                "runs" => true,
                "[not yet](not-yet.md)" => false,
                _ => return None,
            };
            let here = here.split('`').nth(1)?.replace('\0', "|");
            Some(Row { here, runs })
        })
        .collect()
}

/// A whole job around what a row says.
fn job(here: &str) -> String {
    const PAIRS: &str = "map(|line| (line, 1u64))";
    let first = here
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next();
    let ends =
        here.contains("print") || matches!(first, Some("to" | "for_each" | "for_each_batch"));
    let end = if ends { "" } else { " | print" };
    match first {
        Some("job") => format!("{here} from kafka(\"a\") | to kafka(\"b\")"),
        Some("from") => format!("{here} | print"),
        Some("union") => {
            format!("let a = from kafka(\"a\"); let b = from kafka(\"b\"); {here} | print")
        }
        Some("split") => {
            format!("from kafka(\"a\") | {here}; big | print; rest | print")
        }
        // A table is only looked into.
        Some("table") => format!(
            "let t = from kafka(\"b\") | {PAIRS} | {here}; from kafka(\"a\") | {PAIRS} | join(t) | print"
        ),
        _ if here.contains("(other)") => format!(
            "let other = from kafka(\"b\") | {PAIRS}; from kafka(\"a\") | {PAIRS} | {here}{end}"
        ),
        _ => format!("from kafka(\"a\") | {PAIRS} | {here}{end}"),
    }
}

/// What of a job does not run yet.
fn refused(job: &str) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    let program = parse::program(super::tokens(job), &mut diagnostics);
    let model = resolve::program(&program, &mut diagnostics);
    support::check(model.later, &mut diagnostics);
    diagnostics
        .list()
        .iter()
        .map(|one| format!("{one:?}"))
        .collect()
}
