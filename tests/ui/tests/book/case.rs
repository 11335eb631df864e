//! Reads a case as the book shows it: the job and the message, without what is around them.

use std::fs;
use std::path::{Path, PathBuf};

const MAIN: &str = "fn main() {\n";
const JOB: &str = "let _job = stream_job! {";

/// A mistake and what is said about it.
pub(crate) struct Case {
    /// The name of its file, in words.
    pub(crate) title: String,
    pub(crate) job: String,
    pub(crate) message: String,
}

impl Case {
    /// The cases of a folder, in the order of their names.
    pub(crate) fn all_in(folder: &Path) -> Vec<Self> {
        let mut sources: Vec<PathBuf> = fs::read_dir(folder)
            .expect("a folder of cases")
            .map(|entry| entry.expect("an entry of the folder").path())
            .filter(|path| path.extension().is_some_and(|end| end == "rs"))
            .collect();
        sources.sort();
        sources.iter().map(|source| Self::read(source)).collect()
    }

    fn read(source: &Path) -> Self {
        let name = source.file_stem().expect("a case has a name");
        let stderr = fs::read_to_string(source.with_extension("stderr"))
            .expect("the message stands beside its case");
        Self {
            title: title(&name.to_string_lossy()),
            job: job(&fs::read_to_string(source).expect("a case can be read")),
            message: message(&stderr, &source.to_string_lossy()),
        }
    }
}

fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let (first, rest) = words.split_at(1);
    first.to_uppercase() + rest
}

/// What a reader would write: no imports, no `main`, and the job alone where there is only a job.
fn job(source: &str) -> String {
    let source: String = source
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("use ") && !line.starts_with("//!"))
        .filter(|line| line.trim_end() != "fn main() {}")
        .collect();
    let Some((items, main)) = source.split_once(MAIN) else {
        return source.trim().to_owned();
    };
    let items = items.trim();
    let body = main
        .trim_end()
        .strip_suffix('}')
        .expect("`main` ends the case");
    let body = dedented(body);
    let body = body.trim();
    if !items.is_empty() {
        return format!("{items}\n\n{body}");
    }
    let alone = body
        .strip_prefix(JOB)
        .and_then(|job| job.strip_suffix("};"))
        .filter(|job| !job.trim().is_empty() && !job.contains("stream_job!"));
    match alone {
        Some(job) => dedented(job.trim_matches('\n')).trim().to_owned(),
        None => body.to_owned(),
    }
}

/// Lines without the spaces that all of them begin with.
fn dedented(text: &str) -> String {
    let margin = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or_default();
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.get(margin..).unwrap_or_default())
        .collect();
    lines.join("\n")
}

/// The message as it would be read in a project, without what rustc says about macros in general.
fn message(stderr: &str, source: &str) -> String {
    let lines: Vec<&str> = stderr
        .lines()
        .filter(|line| !line.contains("= note: this error originates in the "))
        .collect();
    lines.join("\n").trim().replace(source, "src/main.rs")
}
