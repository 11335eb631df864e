//! The systems that are compared: how each is run, and what it says.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use streamflow_test_support::printed;
use streamflow_test_support::process::{Timed, built_example, example};

use crate::arguments::Arguments;
use crate::java::Program;
use crate::topic::{Expected, TOPIC};

/// The name of the project's own job.
pub(crate) const STREAMFLOW: &str = "streamflow";

/// Each peer's folder under `java/`, and its main class.
const PEERS: [(&str, &str); 5] = [
    ("plain-consumer", "PlainConsumer"),
    ("spark-dstream", "SparkDStream"),
    ("flink", "FlinkPeer"),
    ("spark-structured", "SparkStructured"),
    ("kafka-streams", "KafkaStreamsPeer"),
];

/// One of the systems, ready to be run.
pub(crate) enum System {
    /// The example `user_access`, as it is built for release.
    Streamflow,
    /// A class under `java/`.
    Peer {
        name: &'static str,
        main_class: &'static str,
        program: Program,
    },
}

/// Builds what was asked for.
pub(crate) fn prepare(arguments: &Arguments) -> Result<Vec<System>, String> {
    let known: Vec<&str> = [STREAMFLOW]
        .into_iter()
        .chain(PEERS.map(|(name, _)| name))
        .collect();
    if let Some(unknown) = arguments
        .only
        .iter()
        .find(|name| !known.contains(&name.as_str()))
    {
        let known = known.join(", ");
        return Err(format!("no system is named `{unknown}`; there are {known}"));
    }
    let asked = |name: &str| arguments.only.is_empty() || arguments.only.iter().any(|n| n == name);
    let mut systems = Vec::new();
    if asked(STREAMFLOW) {
        built_example(
            Path::new(env!("CARGO_MANIFEST_DIR")),
            "user_access",
            &["--release"],
        )?;
        systems.push(System::Streamflow);
    }
    for (name, main_class) in PEERS {
        if asked(name) {
            let program = Program::prepare(name)?;
            systems.push(System::Peer {
                name,
                main_class,
                program,
            });
        }
    }
    Ok(systems)
}

impl System {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            System::Streamflow => STREAMFLOW,
            System::Peer { name, .. } => name,
        }
    }

    pub(crate) fn command(&self, brokers: &str, arguments: &Arguments, work: &Path) -> Vec<String> {
        let cores = arguments.cores.to_string();
        let work = work.display().to_string();
        match self {
            System::Streamflow => {
                let job = example("user_access").display().to_string();
                // Offsets are kept with the group: each run has one of its own.
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                let group = format!("peers-{}", now.unwrap_or_default().as_millis());
                let options = ["--from", "earliest", "--until", "caught-up"];
                let mut command = vec![job, "--brokers".to_owned(), brokers.to_owned()];
                command.extend(options.map(str::to_owned));
                command.extend([
                    "--parallelism".to_owned(),
                    cores,
                    "--group".to_owned(),
                    group,
                ]);
                command
            }
            System::Peer {
                main_class,
                program,
                ..
            } => {
                let mut command = program.command_line(main_class, &arguments.java_options);
                let records = arguments.records.to_string();
                command.extend([brokers.to_owned(), TOPIC.to_owned(), records, cores, work]);
                command
            }
        }
    }

    /// What a run gives to be kept.
    pub(crate) fn read(&self, ran: &Timed, expected: &Expected) -> Value {
        let mut entry = match self {
            System::Streamflow => of_streamflow(ran),
            System::Peer { .. } => of_peer(&ran.stdout),
        };
        entry["wall_s"] = json!(ran.wall_s);
        entry["cpu_s"] = json!(ran.cpu_s);
        entry["peak_bytes"] = json!(ran.peak_bytes);
        entry["load_before"] = json!(ran.load_before);
        entry["records"] = json!(expected.total);
        let counted = entry["counted"].clone();
        if let Some(failure) = ran.failure() {
            entry["refused"] = json!(failure);
        } else if counted != expected.as_json() {
            entry["refused"] = json!(format!(
                "counted {counted}, and {} was produced",
                expected.as_json()
            ));
        }
        entry
    }
}

/// The job tells neither its first record nor its last: its whole run stands for what is between.
fn of_streamflow(ran: &Timed) -> Value {
    let totals = printed::totals(&printed::blocks(&ran.stdout));
    let weighted = totals.iter().map(|(user, count)| {
        let number = user.strip_prefix("user").and_then(|n| n.parse().ok());
        count * number.unwrap_or(0)
    });
    let counted = Expected {
        total: totals.values().sum(),
        users: totals.len() as u64,
        weighted: weighted.sum(),
    };
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "settings": {},
        "counting_wall_s": ran.wall_s,
        "counting_cpu_s": ran.cpu_s,
        "counted": counted.as_json(),
    })
}

/// From the lines that `common/Report.java` writes.
fn of_peer(stdout: &str) -> Value {
    let mut entry = json!({});
    let mut settings = Map::new();
    let mut marks = [[0_f64; 2]; 2];
    for line in stdout.lines() {
        let words = line.strip_prefix("peer ").and_then(|l| l.split_once(' '));
        let Some((what, rest)) = words else { continue };
        match what {
            "version" => entry["version"] = json!(rest),
            "setting" => {
                if let Some((name, value)) = rest.split_once('=') {
                    settings.insert(name.to_owned(), json!(value));
                }
            }
            "leaves" => entry["leaves"] = json!(rest),
            "first" => marks[0] = numbers(rest),
            "last" => marks[1] = numbers(rest),
            "result" => {
                let [total, users, weighted] = numbers(rest);
                entry["counted"] = Expected {
                    total,
                    users,
                    weighted,
                }
                .as_json();
            }
            _ => {}
        }
    }
    entry["settings"] = Value::Object(settings);
    // The marks are in nanoseconds.
    entry["counting_wall_s"] = json!((marks[1][0] - marks[0][0]) / 1e9);
    entry["counting_cpu_s"] = json!((marks[1][1] - marks[0][1]) / 1e9);
    entry
}

fn numbers<N: std::str::FromStr + Default + Copy, const COUNT: usize>(text: &str) -> [N; COUNT] {
    let mut numbers = [N::default(); COUNT];
    for (number, word) in numbers.iter_mut().zip(text.split(' ')) {
        *number = word.parse().unwrap_or_default();
    }
    numbers
}
