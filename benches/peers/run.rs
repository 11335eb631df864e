//! Runs one process to its end, and takes its time and its memory.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::arguments::Arguments;

/// The shell times what it waits for, as the system counts it. The process tells its number before
/// it becomes the command; `timeout` leaves it in the foreground, so that Ctrl-C ends it too.
const SCRIPT: &str = r#"
TIMEFORMAT='%R %U %S'
time timeout --foreground "$1" taskset -c "$2" sh -c 'echo "$$"; exec "$@"' peer "${@:3}"
"#;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// A process that has ended.
pub(crate) struct Ran {
    pub(crate) succeeded: bool,
    pub(crate) wall_s: f64,
    pub(crate) cpu_s: f64,
    /// The most memory it had resident.
    pub(crate) peak_bytes: u64,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// How busy the machine was before: the first figure of `/proc/loadavg`.
    pub(crate) load_before: f64,
}

/// Runs a command on the first cores of the machine.
pub(crate) fn run(command: &[String], arguments: &Arguments, work: &Path) -> Result<Ran, String> {
    let said = work.join("stderr");
    let failed = |cause| format!("cannot run `{}`: {cause}", command[0]);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut child = Command::new("bash")
        .args(["-c", SCRIPT, "peers"])
        .arg(arguments.limit_s.to_string())
        .arg(format!("0-{}", arguments.cores - 1))
        .args(command)
        .current_dir(work)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(&said).map_err(failed)?)
        .spawn()
        .map_err(failed)?;
    let pipe = child.stdout.take().expect("standard output is piped");
    let mut pipe = BufReader::new(pipe);
    let mut process_id = String::new();
    pipe.read_line(&mut process_id).map_err(failed)?;
    let watch = thread::spawn(move || peak_bytes(process_id.trim()));
    let mut stdout = String::new();
    pipe.read_to_string(&mut stdout).map_err(failed)?;
    let status = child.wait().map_err(failed)?;
    let stderr = fs::read(&said).map_err(failed)?;
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    let (stderr, times) = stderr.trim_end().rsplit_once('\n').unwrap_or(("", &stderr));
    let times: Vec<f64> = times
        .split_whitespace()
        .filter_map(|time| time.parse().ok())
        .collect();
    let [wall_s, user_s, system_s] = times[..] else {
        return Err(format!("bash, timeout and taskset are needed: {stderr}"));
    };
    Ok(Ran {
        succeeded: status.success(),
        wall_s,
        cpu_s: user_s + system_s,
        peak_bytes: watch.join().expect("looking at a process does not panic"),
        stdout,
        stderr: stderr.to_owned(),
        load_before: first_number(&load).unwrap_or_default(),
    })
}

/// The high-water mark of a process's resident memory, looked at until it ends.
fn peak_bytes(process_id: &str) -> u64 {
    let status = format!("/proc/{process_id}/status");
    let mut peak_kb = 0;
    while let Ok(text) = fs::read_to_string(&status) {
        let mut lines = text.lines();
        // A process that has ended and was not yet waited for has no memory.
        let Some(line) = lines.find_map(|line| line.strip_prefix("VmHWM:")) else {
            break;
        };
        peak_kb = peak_kb.max(first_number(line).unwrap_or_default());
        thread::sleep(BETWEEN_LOOKS);
    }
    peak_kb * 1024
}

fn first_number<N: std::str::FromStr>(text: &str) -> Option<N> {
    text.split_whitespace().next()?.parse().ok()
}
