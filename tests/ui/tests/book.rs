//! The book's index of diagnostics is made of the cases: what stands there is what is said.

#[path = "book/case.rs"]
mod case;
#[path = "book/rules.rs"]
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use streamflow_test_support::book;

use case::Case;
use rules::{RULES, Rule};

const GENERATED: &str =
    "<!-- Written by a test of streamflow-ui-tests from its cases: see CONTRIBUTING.md. -->";

/// The line of the table of contents that the pages of the index stand below.
const CONTENTS: &str = "- [Index of diagnostics](diagnostics.md)\n";

#[test]
fn every_folder_of_cases_has_a_rule_in_the_book() {
    let described: BTreeSet<String> = RULES.iter().map(|rule| rule.folder.to_owned()).collect();
    assert_eq!(
        folders(),
        described,
        "folders in tests/ui/cases and rules in tests/ui/tests/book/rules.rs"
    );
}

#[test]
fn index_of_diagnostics_in_the_book_shows_the_cases() {
    let mut pages: BTreeMap<String, String> =
        RULES.iter().map(|rule| (path(rule), page(rule))).collect();
    pages.insert("diagnostics.md".to_owned(), index());
    pages.insert("SUMMARY.md".to_owned(), contents());
    book::holds(&pages);
    book::holds_no_others("diagnostics", &pages);
}

fn folders() -> BTreeSet<String> {
    fs::read_dir("cases")
        .expect("the folder of the cases")
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| path.is_dir())
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect()
}

fn path(rule: &Rule) -> String {
    format!("diagnostics/{}.md", rule.folder)
}

fn index() -> String {
    let rules: Vec<String> = RULES
        .iter()
        .map(|rule| format!("- [{}]({}): {}\n", rule.title, path(rule), rule.sentence))
        .collect();
    let rules = rules.concat();
    format!("# Index of diagnostics\n\n{GENERATED}\n\n{INTRODUCTION}\n{rules}")
}

const INTRODUCTION: &str = "\
What the compiler says about mistakes in a job, with the reason behind each rule. Every job on these
pages is a test, and the message below it is what the compiler said, with the line numbers of the
test's file.

A message stands at the smallest token that must change. Its first line says what is wrong, `help` is
what to type. One mistake gets one message, and all mistakes of a job are reported at once.
";

fn page(rule: &Rule) -> String {
    let cases: Vec<String> = Case::all_in(&Path::new("cases").join(rule.folder))
        .iter()
        .map(section)
        .collect();
    let cases = cases.concat();
    format!("# {}\n\n{GENERATED}\n\n{}\n{cases}", rule.title, rule.why)
}

fn section(case: &Case) -> String {
    format!(
        "\n## {}\n\n```rust,ignore\n{}\n```\n\n```text\n{}\n```\n",
        case.title, case.job, case.message
    )
}

/// The table of contents, with the pages of the index in their place.
fn contents() -> String {
    let on_disk =
        fs::read_to_string(book::folder().join("SUMMARY.md")).expect("the table of contents");
    let (before, behind) = on_disk
        .split_once(CONTENTS)
        .expect("the table of contents has the index of diagnostics");
    let behind = behind
        .split_inclusive('\n')
        .skip_while(|line| line.starts_with("  - "));
    let pages: Vec<String> = RULES
        .iter()
        .map(|rule| format!("  - [{}]({})\n", rule.title, path(rule)))
        .collect();
    let pages = pages.concat();
    let behind: String = behind.collect();
    format!("{before}{CONTENTS}{pages}{behind}")
}
