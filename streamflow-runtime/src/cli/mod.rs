//! The command line that every job binary has: `run` (the default), `explain`, `graph` and `lock`.
//!
//! `arguments` says what there is, `view` what there is to be shown, [`parse`] reads it, `usage` words what is wrong with it;
//! [`start_log`] and [`end`] are the first and the last thing that a binary does with it.

mod arguments;
mod log;
mod report;
mod usage;
mod view;

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::ArgMatches;
use clap::error::ErrorKind;

use crate::config::{self, Environment, Flags, RunConfig, Setting};
use crate::error::Result;
use crate::explain::Transport;
use crate::lock::{self, Locking, Mode};
use crate::plan::Plan;

pub use log::start_log;
pub use report::{end, print, report};
pub(crate) use report::{output_error, say};
pub use view::View;

/// What a command line asks for.
#[derive(Debug, Clone)]
pub struct CommandLine {
    /// What to do.
    pub command: Command,
    /// How often `-v` stood there.
    pub verbosity: u8,
}

/// What a job binary can do.
#[derive(Debug, Clone)]
pub enum Command {
    /// Run the job.
    Run(Box<RunConfig>),
    /// Show the job, and in which way a run with these settings would read topics and write to
    /// them.
    Explain(View, Option<Transport>),
    /// Write the layouts of the job's state to `streamflow.lock`, or check them.
    Lock(Locking),
    /// Print this text: `--help`, `--version`.
    Print(String),
}

/// Reads the arguments of the process, its own name first.
///
/// ```
/// use streamflow_runtime::cli::{self, Command};
/// use streamflow_runtime::config::Environment;
/// # use streamflow_runtime::plan::Plan;
/// # const PLAN: Plan = Plan::empty("user_access");
///
/// let arguments = ["user_access", "--brokers", "localhost:9092", "--from", "earliest"];
/// let line = cli::parse(&PLAN, arguments, &Environment::default())?;
/// let Command::Run(config) = line.command else { panic!("`run` is the default") };
/// assert_eq!(config.brokers.as_deref(), Some("localhost:9092"));
/// # Ok::<(), streamflow_runtime::Error>(())
/// ```
pub fn parse<A>(plan: &Plan, arguments: A, environment: &Environment) -> Result<CommandLine>
where
    A: IntoIterator,
    A::Item: Into<OsString>,
{
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let program = arguments.first().map(Path::new).and_then(Path::file_name);
    let program = program.and_then(OsStr::to_str).unwrap_or(plan.name);
    let matches = match arguments::command(plan, program).try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => {
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(CommandLine {
                    command: Command::Print(error.to_string()),
                    verbosity: 0,
                }),
                _ => Err(usage::error(&error)),
            };
        }
    };
    let verbosity = matches.get_count(arguments::VERBOSE);
    let command = match matches.subcommand() {
        Some((view::EXPLAIN, matches)) => {
            let transport = Transport::of(plan, &run_config(plan, matches, environment));
            Command::Explain(view::asked(matches), Some(transport))
        }
        Some((view::GRAPH, matches)) => Command::Explain(view::asked(matches), None),
        Some((arguments::LOCK, matches)) => Command::Lock(locking(matches, environment)),
        Some((_, matches)) => run(plan, matches, environment)?,
        None => run(plan, &matches, environment)?,
    };
    Ok(CommandLine { command, verbosity })
}

fn run(plan: &Plan, matches: &ArgMatches, environment: &Environment) -> Result<Command> {
    run_config(plan, matches, environment).map(|config| Command::Run(Box::new(config)))
}

fn run_config(plan: &Plan, matches: &ArgMatches, environment: &Environment) -> Result<RunConfig> {
    let settings = Setting::ALL.into_iter().filter_map(|setting| {
        // `explain` has some of them only.
        let text = matches.try_get_one::<String>(setting.flag()).ok()??;
        Some((setting, text.clone()))
    });
    let properties = matches
        .get_many::<String>(arguments::PROPERTY)
        .unwrap_or_default();
    let flags = Flags {
        settings: settings.collect(),
        config: matches.get_one::<String>(arguments::CONFIG).map(Into::into),
        properties: properties.cloned().collect(),
    };
    config::resolve(plan, &flags, environment).map(|resolved| resolved.config)
}

fn locking(matches: &ArgMatches, environment: &Environment) -> Locking {
    let file = matches.get_one::<String>(arguments::FILE);
    Locking {
        file: file.map_or_else(|| lock::default_file(environment), Into::into),
        mode: if matches.get_flag(arguments::CHECK) {
            Mode::Check
        } else {
            Mode::Write
        },
    }
}

#[cfg(test)]
mod tests;
