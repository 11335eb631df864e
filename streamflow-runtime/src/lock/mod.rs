//! The command `lock`: writes the layouts of named state to `streamflow.lock`, which the compiler
//! then holds the job against.

mod file;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::config::Environment;
use crate::error::{Code, Error, Result};
use crate::history::History;
use crate::plan::{self, Plan, Role};
use crate::run::is_named;

use file::LockFile;
pub(crate) use file::Locked;

/// What `lock` is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locking {
    /// The file.
    pub file: PathBuf,
    /// Whether it is written, or only looked at.
    pub mode: Mode,
}

/// Whether `lock` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Brings the file up to date.
    Write,
    /// Fails if that would change it.
    Check,
}

/// The file that is meant if none is named: the one beside the `Cargo.toml` that `cargo run` has
/// found, or the one in this directory.
pub fn default_file(environment: &Environment) -> PathBuf {
    let root = environment.variables.get("CARGO_MANIFEST_DIR");
    root.map_or_else(PathBuf::new, PathBuf::from)
        .join("streamflow.lock")
}

/// The states of a job that can be locked, made of what its stages keep, in words; an error where
/// the compiler does not know it.
pub(crate) fn states(
    plan: &Plan,
    history: &History,
    described: Vec<(usize, std::result::Result<String, String>)>,
) -> Result<Vec<Locked>> {
    let mut states = Vec::new();
    for (stage, layout) in described {
        let Some(stage) = plan.stages.get(stage) else {
            continue;
        };
        let Some(state) = stage.role.state() else {
            continue;
        };
        let layout = layout.map_err(|layout| {
            Error::new(
                Code::Config,
                format!("the state `{state}` cannot be locked: it is `{layout}`, and a type in it does not derive `State`"),
            )
            .at(format!("`{}` (line {})", stage.text, stage.line))
            .help("write `#[derive(streamflow::State)]` on each type of your own in it")
        })?;
        states.push(Locked {
            name: state.to_owned(),
            version: history.version(state),
            trigger: trigger(stage.role),
            layout,
        });
    }
    if states.is_empty() {
        return Err(nothing_to_lock(plan));
    }
    Ok(states)
}

/// When results leave, as the file has it.
fn trigger(role: Role) -> String {
    match role {
        Role::Aggregate {
            every_ms,
            steps,
            event,
            ..
        } => plan::window(every_ms, steps, event).unwrap_or_else(|| file::every(every_ms)),
        Role::Ordered {
            within: Some(within),
            ..
        } => within.shown(),
        Role::Ordered { .. }
        | Role::Table { .. }
        | Role::LookUp { .. }
        | Role::EventTime { .. }
        | Role::Source
        | Role::Stateless
        | Role::Sink => "item by item".to_owned(),
    }
}

fn nothing_to_lock(plan: &Plan) -> Error {
    let mut states = plan.stages.iter().filter_map(|stage| stage.role.state());
    let named = states.find(|state| is_named(state));
    let (what, help) = match named {
        Some(state) => (
            format!("the state `{state}` cannot be locked: its job has no name"),
            "give it one on its first line, as in `job page_counts`".to_owned(),
        ),
        None => (
            format!("`{}` has no named state to lock", plan.name),
            "name what a stage keeps, as in `count every 1m as counts`".to_owned(),
        ),
    };
    Error::new(Code::Config, what).help(help)
}

/// Brings the file up to date, or finds out whether it is; gives what to tell the user.
pub(crate) fn lock(
    job: &str,
    history: &History,
    states: Vec<Locked>,
    locking: &Locking,
) -> Result<String> {
    let path = &locking.file;
    let mut file = read(path)?;
    let before = file.states(job).to_vec();
    keeps_its_promises(&before, &states, history)?;
    file.lock(job, states);
    let differences = file::differences(&before, file.states(job));
    let shown = path.display();
    if differences.is_empty() {
        return Ok(format!("{shown} is up to date\n"));
    }
    match locking.mode {
        Mode::Check => {
            let first = differences.lines().next().unwrap_or_default();
            Err(Error::new(
                Code::OutdatedLock,
                format!("the lock of `{job}` is not up to date: {first}"),
            )
            .at(shown)
            .help("run the command `lock` of the job, and commit the file"))
        }
        Mode::Write => {
            fs::write(path, file.to_string()).map_err(|cause| {
                Error::new(Code::FileIo, "cannot write the lock")
                    .caused_by(cause)
                    .at(path.display())
            })?;
            Ok(format!("{shown}: job {job}\n{differences}"))
        }
    }
}

fn read(path: &Path) -> Result<LockFile> {
    match fs::read_to_string(path) {
        Ok(text) => LockFile::read(&text).map_err(|bad| {
            Error::new(Code::Config, format!("`{}` is no line of a lock", bad.text))
                .at(format!("{}:{}", path.display(), bad.line))
                .help("a line is `job NAME` or `state NAME v1 every 1s: keyed str -> u64`")
        }),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(LockFile::default()),
        Err(cause) => Err(Error::new(Code::FileIo, "cannot read the lock")
            .caused_by(cause)
            .at(path.display())),
    }
}

/// A job that was compiled without its lock may not fit it: what checkpoints still hold must not
/// be forgotten here.
fn keeps_its_promises(before: &[Locked], now: &[Locked], history: &History) -> Result<()> {
    for locked in before {
        let name = &locked.name;
        let (what, help) = match now.iter().find(|state| state.name == *name) {
            Some(state) if state.version < locked.version => (
                format!(
                    "`{name}` is locked in v{}, and the job knows it up to v{}",
                    locked.version, state.version
                ),
                "compile the job with its lock: it then keeps the version".to_owned(),
            ),
            Some(state) if state.version == locked.version && state.layout != locked.layout => {
                let (from, to) = (locked.version, locked.version + 1);
                (
                    format!(
                        "`{name}` v{from} is locked as `{}`, and is now `{}`",
                        locked.layout, state.layout
                    ),
                    format!(
                        "write `state {name} migrate v{from} -> v{to} (|old: …| …);` in the job; if no checkpoint holds it, delete its line"
                    ),
                )
            }
            Some(_) => continue,
            None if history.drops(name) => continue,
            None => (
                format!("`{name}` is locked, and no stage keeps it"),
                format!(
                    "write `drop state {name};` in the job; if no checkpoint holds it, delete its line"
                ),
            ),
        };
        return Err(Error::new(Code::OutdatedLock, what).help(help));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
