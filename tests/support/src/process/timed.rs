//! Runs one process to its end, and takes its time and its memory.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::example::without_settings;

/// The shell times what it waits for, as the system counts it. The process tells its number before
/// it becomes the command; `timeout` leaves it in the foreground, so that Ctrl-C ends it too.
const SCRIPT: &str = r#"
TIMEFORMAT='%R %U %S'
time timeout --foreground "$1" taskset -c "$2" sh -c 'echo "$$"; exec "$@"' timed "${@:3}"
"#;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// A process that has ended.
#[derive(Debug)]
pub struct Timed {
    /// Whether its exit code was 0, in time.
    pub succeeded: bool,
    /// From its start to its end.
    pub wall_s: f64,
    /// User and system time of the process, and two to five milliseconds of what starts it.
    pub cpu_s: f64,
    /// The most memory it had resident.
    pub peak_bytes: u64,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
    /// How busy the machine was before: the first figure of `/proc/loadavg`.
    pub load_before: f64,
}

impl Timed {
    /// Runs a command in the folder `work`, on the first `cores` cores of the machine, and ends it
    /// after `limit_s` seconds.
    ///
    /// # Errors
    ///
    /// If it cannot be run: bash, timeout and taskset are needed.
    ///
    /// # Panics
    ///
    /// If `command` is empty.
    pub fn run(
        command: &[String],
        cores: usize,
        limit_s: u32,
        work: &Path,
    ) -> Result<Self, String> {
        let said = work.join("stderr");
        let failed = |cause: io::Error| format!("cannot run `{}`: {cause}", command[0]);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let mut shell = without_settings(Command::new("bash"));
        let mut child = shell
            .args(["-c", SCRIPT, "timed"])
            .arg(limit_s.to_string())
            .arg(format!("0-{}", cores.saturating_sub(1)))
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
        Ok(Timed {
            succeeded: status.success(),
            wall_s,
            cpu_s: user_s + system_s,
            peak_bytes: watch.join().expect("looking at a process does not panic"),
            stdout,
            stderr: stderr.to_owned(),
            load_before: first_number(&load).unwrap_or_default(),
        })
    }

    /// The end of its standard error, if it did not end well.
    pub fn failure(&self) -> Option<String> {
        if self.succeeded {
            return None;
        }
        let lines: Vec<&str> = self.stderr.lines().collect();
        let end = lines[lines.len().saturating_sub(20)..].join("\n");
        Some(format!("it did not end well: {end}"))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit_s: u32) -> Timed {
        let command = ["sh", "-c", script].map(str::to_owned);
        // Where the tests are built: each process writes its standard error there.
        let folder = std::env::temp_dir().join(format!("timed-{}-{limit_s}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let timed = Timed::run(&command, 1, limit_s, &folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        timed
    }

    #[test]
    fn what_a_process_says_is_kept_apart_from_its_times() {
        let timed = shell("echo rows; echo words >&2", 100);
        assert_eq!(
            (timed.stdout.as_str(), timed.stderr.as_str()),
            ("rows\n", "words")
        );
        assert_eq!(timed.failure(), None);
    }

    #[test]
    fn a_process_that_takes_too_long_is_ended_and_has_failed() {
        let timed = shell("exec sleep 60", 1);
        assert!(!timed.succeeded && timed.wall_s < 60.0);
    }
}
