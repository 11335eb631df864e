//! Says which commands and flags there are, and explains them to whoever asks with `--help`.

use clap::{Arg, ArgAction, Command};

use super::view;
use crate::config::Setting;
use crate::plan::Plan;
use crate::time::duration;

pub(super) const RUN: &str = "run";
pub(super) const LOCK: &str = "lock";
pub(super) const CHECK: &str = "check";
pub(super) const FILE: &str = "file";
pub(super) const VERBOSE: &str = "verbose";
pub(super) const CONFIG: &str = "config";
pub(super) const PROPERTY: &str = "property";

const EXAMPLES: &str = "\
Examples:
  on topics inside the process, to try it out
      {program}
  on Kafka, until Ctrl-C
      {program} --brokers localhost:9092
  everything that is there now, then end
      {program} --brokers localhost:9092 --from earliest --until caught-up
  with open intervals kept over a restart
      {program} --brokers localhost:9092 --checkpoint /var/lib/streamflow
  what the job does, without running it
      {program} explain

Settings come from the first of these that names them: flag, environment variable,
`streamflow.toml`, the job's header, default.";

const EXIT_CODES: &str = "\
Exit codes:
    0  done, or stopped cleanly
    2  the command line is wrong
   65  a record or a checkpoint cannot be read
   66  input is missing or gone
   69  a broker or an input cannot be reached; a restart may help
   70  a closure panicked, or streamflow has a bug
   73  another process holds the checkpoints, or they cannot be written
   74  reading or writing a file failed; the disk may be full
   75  a clean end took longer than `--shutdown`; a restart goes on from the last save
   76  a newer process runs the job
   77  access was denied
   78  a setting is wrong, or state or `streamflow.lock` does not fit this build
  141  the reader of standard output went away";

/// The command line of a job, for a binary that was started as `program`.
pub(super) fn command(plan: &Plan, program: &str) -> Command {
    let run = Command::new(RUN)
        .about("Runs the job (what happens without a command)")
        .long_about(
            "Runs the job until its input ends, a flag says so, or SIGTERM or Ctrl-C comes.",
        )
        .args(run_flags(plan))
        .after_long_help(EXIT_CODES);
    let lock = Command::new(LOCK)
        .about("Writes what the job keeps to `streamflow.lock`, for the compiler to hold it to")
        .long_about(
            "Writes the layout of each named state to `streamflow.lock`. From then on a change of \
             the job that its checkpoints do not fit is an error when it is compiled. Commit the \
             file; needs no broker.",
        )
        .arg(
            Arg::new(CHECK)
                .long(CHECK)
                .action(ArgAction::SetTrue)
                .help("Writes nothing; fails (78) if the file is not up to date"),
        )
        .arg(
            Arg::new(FILE)
                .long(FILE)
                .value_name("FILE")
                .help("The file [default: streamflow.lock beside Cargo.toml under `cargo run`, else in this directory]"),
        );
    let examples = EXAMPLES.replace("{program}", program);
    Command::new(plan.name)
        .about(format!("The streaming job `{}`", plan.name))
        .version(concat!("(streamflow ", env!("CARGO_PKG_VERSION"), ")"))
        .disable_help_subcommand(true)
        .args_conflicts_with_subcommands(true)
        .args(run_flags(plan))
        .arg(
            Arg::new(VERBOSE)
                .short('v')
                .long(VERBOSE)
                .action(ArgAction::Count)
                .global(true)
                .help("Says more on standard error; `-vv` says even more [env: STREAMFLOW_LOG]"),
        )
        .subcommand(run)
        .subcommand(view::explain().args(transport_flags(plan)))
        .subcommand(view::graph())
        .subcommand(lock)
        .after_long_help(format!("{examples}\n\n{EXIT_CODES}"))
        .after_help(examples)
}

/// Those that decide in which way topics are read and written to.
fn transport_flags(plan: &Plan) -> Vec<Arg> {
    let names = [
        Setting::Brokers.flag(),
        Setting::Source.flag(),
        Setting::Producer.flag(),
        CONFIG,
        PROPERTY,
    ];
    let mut flags = run_flags(plan);
    flags.retain(|flag| names.contains(&flag.get_id().as_str()));
    flags
}

fn run_flags(plan: &Plan) -> Vec<Arg> {
    let mut flags: Vec<Arg> = Setting::ALL
        .into_iter()
        .map(|setting| setting_flag(setting, plan))
        .collect();
    flags.push(
        Arg::new(CONFIG)
            .long(CONFIG)
            .value_name("FILE")
            .help_heading("Settings")
            .help("The configuration file [env: STREAMFLOW_CONFIG] [default: ./streamflow.toml]")
            .long_help(
                "The configuration file. Its names are those of the flags, with `_` for `-`; \
                 librdkafka's properties stand under `[kafka]`. `${VARIABLE}` and `${file:PATH}` \
                 are filled in, so that it need hold no secrets. \
                 [env: STREAMFLOW_CONFIG] [default: ./streamflow.toml, if there is one]",
            ),
    );
    flags.push(
        Arg::new(PROPERTY)
            .short('X')
            .value_name("PROPERTY=VALUE")
            .action(ArgAction::Append)
            .help_heading("Settings")
            .help("A property of librdkafka, such as `-X fetch.min.bytes=1000`; repeatable")
            .long_help(
                "A property of librdkafka, such as `-X fetch.min.bytes=1000`; repeatable. Other \
                 users of the machine can see a command line: give a secret as \
                 `-X 'sasl.password=${file:PATH}'`.",
            ),
    );
    flags
}

fn setting_flag(setting: Setting, plan: &Plan) -> Arg {
    let (value, heading, help) = match setting {
        Setting::Brokers => (
            "HOST:PORT",
            "Kafka",
            "The brokers, with commas between them; without any the job runs on topics inside the \
             process",
        ),
        Setting::Group => (
            "NAME",
            "Kafka",
            "The consumer group that offsets are committed to",
        ),
        Setting::Checkpoint => (
            "DIR",
            "Progress",
            "Where state and progress are kept, so that open intervals outlive a restart; without \
             it progress is kept in the consumer group",
        ),
        Setting::CheckpointEvery => (
            "DURATION",
            "Progress",
            "How often progress is saved at most",
        ),
        Setting::From => (
            "START",
            "Progress",
            "Where to begin when there is no checkpoint: `checkpoint` (the group's offsets), \
             `earliest`, `latest`, or `timestamp:2026-11-24T05:00:00Z`",
        ),
        Setting::Until => (
            "caught-up",
            "Ending",
            "End once everything that is there now has been read",
        ),
        Setting::For => (
            "DURATION",
            "Ending",
            "End after this time, such as `30s` or `1h30m`",
        ),
        Setting::Shutdown => ("DURATION", "Ending", "How long a clean end may take"),
        Setting::Parallelism => ("N", "Settings", "The number of workers"),
        Setting::Memory => (
            "SIZE",
            "Settings",
            "How much memory the process may take, such as `2GiB`: above it input is paused",
        ),
        Setting::Source => (
            "WAY",
            "Kafka",
            "How records are read: `native` (connections of streamflow's own), `rdkafka` \
             (librdkafka), or `auto` (native unless a setting needs librdkafka)",
        ),
        Setting::Producer => (
            "WAY",
            "Kafka",
            "How results are sent: `native`, `rdkafka` or `auto`, as for `--source`",
        ),
    };
    let default = default(setting, plan);
    let default = default.map_or_else(String::new, |text| format!(" [default: {text}]"));
    Arg::new(setting.flag())
        .long(setting.flag())
        .value_name(value)
        .help_heading(heading)
        .help(format!("{help} [env: {}]{default}", setting.variable()))
}

/// What a setting is if neither flag, environment nor file names it.
fn default(setting: Setting, plan: &Plan) -> Option<String> {
    let written = |duration_ms: Option<u64>, otherwise: &str| {
        duration_ms.map_or(otherwise.to_owned(), |ms| {
            duration::display_ms(ms).to_string()
        })
    };
    let header = plan.settings;
    match setting {
        Setting::Brokers | Setting::Until | Setting::For => None,
        Setting::Group => Some(format!("streamflow.{}", plan.name)),
        Setting::Checkpoint => header.checkpoint.map(str::to_owned),
        Setting::CheckpointEvery => Some(written(header.checkpoint_every_ms, "1s")),
        Setting::From => Some("checkpoint".to_owned()),
        Setting::Source | Setting::Producer => Some("auto".to_owned()),
        Setting::Parallelism => {
            let workers = header.parallelism.map(|workers| workers.to_string());
            Some(workers.unwrap_or_else(|| "one for each core".to_owned()))
        }
        Setting::Memory => Some(
            header
                .memory_bytes
                .map_or_else(|| "no limit".to_owned(), |bytes| format!("{bytes}B")),
        ),
        Setting::Shutdown => Some(written(header.shutdown_ms, "25s")),
    }
}
