//! The lines of `streamflow.lock`: read, changed and written.
//!
//! ```text
//! # Written by `user_access lock`. Commit it: …
//! job user_access
//! state page_counts v1 every 1s: keyed str -> u64
//! ```

use std::fmt::{self, Write as _};

use crate::time::duration;

/// What stands on the first lines of a file that `lock` has made.
const HEADER: &str = "\
# Written by the command `lock` of the jobs in it. Commit it: a job that no longer fits it does not
# compile.
";

/// One state, as it is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Locked {
    /// The state's name.
    pub(crate) name: String,
    pub(crate) version: u32,
    /// When results leave: `every 1s`.
    pub(crate) trigger: String,
    /// What is kept: `keyed str -> u64`.
    pub(crate) layout: String,
}

impl fmt::Display for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Locked {
            name,
            version,
            trigger,
            layout,
        } = self;
        write!(f, "state {name} v{version} {trigger}: {layout}")
    }
}

/// The text of `every 90s`.
pub(crate) fn every(every_ms: u64) -> String {
    format!("every {}", duration::display_ms(every_ms))
}

/// A whole file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LockFile {
    /// Sorted by name.
    jobs: Vec<LockedJob>,
}

#[derive(Debug, PartialEq, Eq)]
struct LockedJob {
    name: String,
    states: Vec<Locked>,
}

/// A line that is none of a lock.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadLine {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl LockFile {
    /// Reads a file.
    pub(crate) fn read(text: &str) -> Result<Self, BadLine> {
        let mut file = LockFile::default();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            let is_read = match (line.split_once(' '), file.jobs.last_mut()) {
                _ if line.is_empty() || line.starts_with('#') => true,
                (Some(("job", name)), _) => {
                    file.jobs.push(LockedJob {
                        name: name.trim().to_owned(),
                        states: Vec::new(),
                    });
                    true
                }
                (Some(("state", rest)), Some(job)) => {
                    let state = state(rest);
                    let is_read = state.is_some();
                    job.states.extend(state);
                    is_read
                }
                _ => false,
            };
            if !is_read {
                return Err(BadLine {
                    line: at + 1,
                    text: line.to_owned(),
                });
            }
        }
        Ok(file)
    }

    /// What is locked of a job.
    pub(crate) fn states(&self, job: &str) -> &[Locked] {
        let known = self.jobs.iter().find(|known| known.name == job);
        known.map_or(&[], |known| &known.states)
    }

    /// Locks these states of a job in the place of those that are there; the other jobs stay.
    pub(crate) fn lock(&mut self, job: &str, mut states: Vec<Locked>) {
        states.sort_by(|left, right| left.name.cmp(&right.name));
        self.jobs.retain(|known| known.name != job);
        self.jobs.push(LockedJob {
            name: job.to_owned(),
            states,
        });
        self.jobs.sort_by(|left, right| left.name.cmp(&right.name));
    }
}

/// Reads `page_counts v1 every 1s: keyed str -> u64`.
fn state(rest: &str) -> Option<Locked> {
    let (head, layout) = rest.split_once(':')?;
    let mut words = head.split_whitespace();
    let (name, version) = (words.next()?, words.next()?);
    Some(Locked {
        name: name.to_owned(),
        version: version.strip_prefix('v')?.parse().ok()?,
        trigger: words.collect::<Vec<_>>().join(" "),
        layout: layout.trim().to_owned(),
    })
}

impl fmt::Display for LockFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEADER)?;
        for job in &self.jobs {
            write!(f, "\njob {}\n", job.name)?;
            for state in &job.states {
                writeln!(f, "{state}")?;
            }
        }
        Ok(())
    }
}

/// What is different between what was locked and what is, a line each; nothing if all is alike.
pub(crate) fn differences(before: &[Locked], now: &[Locked]) -> String {
    let mut text = String::new();
    let same = |state: &Locked, others: &[Locked]| {
        let other = others.iter().find(|other| other.name == state.name);
        other.cloned()
    };
    for state in now {
        // A `String` can always be written to.
        let _written = match same(state, before) {
            None => writeln!(text, "+ {state}"),
            Some(other) if other != *state => writeln!(text, "- {other}\n+ {state}"),
            Some(_) => Ok(()),
        };
    }
    for state in before.iter().filter(|state| same(state, now).is_none()) {
        let _written = writeln!(text, "- {state}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(version: u32, layout: &str) -> Locked {
        Locked {
            name: "counts".into(),
            version,
            trigger: every(90_000),
            layout: layout.into(),
        }
    }

    const TWO_JOBS: &str = "\
# A line of somebody's.
job zebras
state stripes v3 every 1m: single u64

job clicks
state counts v1 every 1m30s: keyed str -> Totals { visits: u64, spent: f64 }
";

    #[test]
    fn what_is_written_is_read_back() {
        let file = LockFile::read(TWO_JOBS).unwrap();
        let totals = counts(1, "keyed str -> Totals { visits: u64, spent: f64 }");
        assert_eq!(file.states("clicks"), [totals]);
        let again = LockFile::read(&file.to_string()).unwrap();
        assert_eq!(again, file);
        assert!(file.states("unknown").is_empty());
    }

    #[test]
    fn one_job_is_locked_anew_and_the_others_stay() {
        let mut file = LockFile::read(TWO_JOBS).unwrap();
        file.lock("clicks", vec![counts(2, "keyed str -> u64")]);
        let text = file.to_string();
        let clicks = "\njob clicks\nstate counts v2 every 1m30s: keyed str -> u64\n";
        let zebras = "\njob zebras\nstate stripes v3 every 1m: single u64\n";
        assert!(text.ends_with(&format!("{clicks}{zebras}")), "{text}");
    }

    #[test]
    fn line_of_a_merge_conflict_is_found() {
        let text = "job clicks\n<<<<<<< HEAD\nstate counts v1 every 1s: single u64\n";
        let bad = LockFile::read(text).unwrap_err();
        assert_eq!((bad.line, bad.text.as_str()), (2, "<<<<<<< HEAD"));
        for text in [
            "state counts v1 every 1s: u8",
            "job a\nstate b 1: u8",
            "job",
        ] {
            assert!(LockFile::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn differences_name_what_was_and_what_is() {
        let (old, new) = ([counts(1, "single u8")], [counts(2, "single u16")]);
        let [was, is] = [&old[0], &new[0]];
        assert_eq!(differences(&old, &old), "");
        assert_eq!(differences(&[], &old), format!("+ {was}\n"));
        assert_eq!(differences(&old, &[]), format!("- {was}\n"));
        assert_eq!(differences(&old, &new), format!("- {was}\n+ {is}\n"));
    }
}
