//! Reads what `streamflow.lock` says about a job: the states that its checkpoints hold.
//!
//! ```text
//! job user_access
//! state page_counts v1 every 1s: keyed str -> u64
//! ```
//!
//! The file stands beside the `Cargo.toml` of the job's crate and is written by the job's command
//! `lock`. It is the one file that the compiler reads; the generated code names it, so that `cargo`
//! compiles the job anew when it changes.

use std::path::PathBuf;

use proc_macro2::Ident;

/// What is locked of one job.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lock {
    pub(crate) states: Vec<LockedState>,
    /// Lines that are none of a lock, as a merge may leave them.
    pub(crate) bad: Vec<BadLine>,
}

/// One state.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LockedState {
    pub(crate) name: String,
    pub(crate) version: u32,
    /// When results leave: `every 1s`.
    pub(crate) trigger: String,
    /// What is kept: `keyed str -> u64`.
    pub(crate) layout: String,
}

/// A line that makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadLine {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Lock {
    /// What is locked of a state.
    pub(crate) fn state(&self, name: &str) -> Option<&LockedState> {
        self.states.iter().find(|state| state.name == name)
    }
}

/// The lock of a job, if there is one.
pub(crate) fn of_job(job: Option<&Ident>) -> Option<Lock> {
    let root = std::env::var_os("CARGO_MANIFEST_DIR")?;
    let text = std::fs::read_to_string(PathBuf::from(root).join("streamflow.lock")).ok()?;
    section(&text, &job?.to_string())
}

/// What a file says about a job.
pub(crate) fn section(text: &str, job: &str) -> Option<Lock> {
    let mut lock: Option<Lock> = None;
    let mut is_ours = false;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix("job ") {
            is_ours = name.trim() == job;
            if is_ours {
                lock.get_or_insert_default();
            }
            continue;
        }
        let Some(lock) = lock.as_mut().filter(|_| is_ours) else {
            continue;
        };
        match line.strip_prefix("state ").and_then(state) {
            Some(state) => lock.states.push(state),
            None => lock.bad.push(BadLine {
                line: at + 1,
                text: line.to_owned(),
            }),
        }
    }
    lock
}

/// Reads `page_counts v1 every 1s: keyed str -> u64`.
fn state(rest: &str) -> Option<LockedState> {
    let (head, layout) = rest.split_once(':')?;
    let mut words = head.split_whitespace();
    let (name, version) = (words.next()?, words.next()?);
    Some(LockedState {
        name: name.to_owned(),
        version: version.strip_prefix('v')?.parse().ok()?,
        trigger: words.collect::<Vec<_>>().join(" "),
        layout: layout.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# Written by a job.
job clicks
state counts v2 every 1m30s: keyed str -> Totals { visits: u64 }
<<<<<<< HEAD
job other
state counts v1 every 1s: single u64
what is this
";

    #[test]
    fn section_of_a_job_is_read_and_those_of_others_are_not() {
        let lock = section(TEXT, "clicks").expect("the job has a section");
        let counts = lock.state("counts").expect("its state is locked");
        assert_eq!(
            (counts.version, counts.trigger.as_str()),
            (2, "every 1m30s")
        );
        assert_eq!(counts.layout, "keyed str -> Totals { visits: u64 }");
        assert_eq!(lock.states.len(), 1);
        assert_eq!(lock.bad.len(), 1);
        assert_eq!(lock.bad[0].line, 4);
    }

    #[test]
    fn job_without_a_section_is_not_locked() {
        assert_eq!(section(TEXT, "third"), None);
        assert_eq!(section("", "clicks"), None);
    }
}
