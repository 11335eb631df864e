//! Says on which machine, and with which versions, a benchmark ran.

use std::process::Command;
use std::{fs, thread};

/// A machine, and what is installed on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// When it was looked at, in UTC.
    pub date: String,
    /// The model of its processor.
    pub processor: String,
    /// How many cores may be used.
    pub cores: usize,
    /// The name and version of its kernel.
    pub kernel: String,
    /// The version of Java.
    pub java: String,
    /// The version of Rust.
    pub rustc: String,
    /// The commit that is checked out, with a `+` where files differ from it.
    pub commit: String,
}

impl Machine {
    /// What this machine says; `unknown` where it says nothing.
    pub fn look() -> Self {
        let mut commit = said(&["git", "rev-parse", "--short", "HEAD"]);
        if said(&["git", "status", "--porcelain", "--untracked-files=no"]) != UNKNOWN {
            commit.push('+');
        }
        Machine {
            date: said(&["date", "-u", "+%Y-%m-%d %H:%M"]),
            processor: processor(),
            cores: thread::available_parallelism().map_or(0, usize::from),
            kernel: said(&["uname", "-sr"]),
            java: said(&["java", "-version"]),
            rustc: said(&["rustc", "--version"]),
            commit,
        }
    }
}

const UNKNOWN: &str = "unknown";

/// The first line that a command says.
fn said(command: &[&str]) -> String {
    let output = Command::new(command[0]).args(&command[1..]).output();
    let Ok(output) = output else {
        return UNKNOWN.to_owned();
    };
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    // Java says its version on standard error.
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    text.lines().next().unwrap_or(UNKNOWN).to_owned()
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split_once(':'));
    name.map_or(UNKNOWN, |(_, name)| name.trim()).to_owned()
}
