//! Looks into rustc: the benchmark's own binary stands between cargo and the compiler.
//!
//! A wrapper sees the one compilation that is meant. Unstable flags in the environment would also
//! reach the dependencies, some of which are another crate where those are allowed.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

/// How the names of the project's binaries begin.
pub(crate) const BINARIES: &str = "operators_";

/// The variable that holds the file for what is seen, in the environment of cargo and the wrapper.
const NOTES: &str = "STREAMFLOW_COMPILE_COST_NOTES";

/// How a line about a pass begins on rustc's standard error.
const PASS: &str = "time: {";

/// The pass that runs macros.
const EXPANSION: &str = "macro_expand_crate";

/// What was seen of one compilation.
pub(crate) struct Seen {
    pub(crate) expansion_s: f64,
    pub(crate) peak_bytes: f64,
}

impl Seen {
    /// Reads what the wrapper wrote, and removes it: the next compilation must write its own.
    pub(crate) fn take(notes: &Path) -> Self {
        let text = fs::read_to_string(notes).expect("rustc was run through the wrapper");
        fs::remove_file(notes).expect("the notes were written by us");
        let figures: Option<Vec<f64>> = text.split(' ').map(|figure| figure.parse().ok()).collect();
        let Some([expansion_s, peak_bytes]) = figures.as_deref() else {
            panic!("the wrapper wrote two figures: {text}");
        };
        Self {
            expansion_s: *expansion_s,
            peak_bytes: *peak_bytes,
        }
    }
}

/// Has cargo run the compiler of its own project's binaries through this program.
pub(crate) fn ask(cargo: &mut Command, notes: &Path) {
    let this = env::current_exe().expect("a running program has a path");
    cargo.env("RUSTC_WORKSPACE_WRAPPER", this).env(NOTES, notes);
}

/// Where this process was started as the wrapper: runs rustc, and says how it ended.
pub(crate) fn run_if_asked() -> Option<ExitCode> {
    let notes = env::var_os(NOTES)?;
    let mut arguments = env::args_os().skip(1);
    let mut rustc = Command::new(arguments.next()?);
    let arguments: Vec<OsString> = arguments.collect();
    rustc.args(&arguments);
    let is_ours = |argument: &OsString| argument.to_string_lossy().starts_with(BINARIES);
    let succeeded = if arguments.iter().any(is_ours) {
        watched(rustc, Path::new(&notes))
    } else {
        // Cargo asks the compiler about itself.
        rustc.status().expect("rustc runs").success()
    };
    Some(if succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn watched(mut rustc: Command, notes: &Path) -> bool {
    let mut child = rustc
        .args(["-Ztime-passes", "-Ztime-passes-format=json"])
        .env("RUSTC_BOOTSTRAP", "1")
        .stderr(Stdio::piped())
        .spawn()
        .expect("rustc runs");
    let stderr = child.stderr.take().expect("it was asked for");
    let reading = thread::spawn(move || read_passes(BufReader::new(stderr)));
    let (succeeded, resident) = outlive(&mut child);
    let (expansion_s, at_passes) = reading.join().expect("reading does not panic");
    if let Some(expansion_s) = expansion_s {
        let peak = resident.max(at_passes);
        fs::write(notes, format!("{expansion_s} {peak}")).expect("the notes are written");
    }
    succeeded
}

/// Waits for the end of rustc; returns the most memory it had resident. A process that has ended
/// has no memory to look at, so it is looked at every other millisecond.
fn outlive(child: &mut Child) -> (bool, u64) {
    let status = format!("/proc/{}/status", child.id());
    let mut peak_bytes = 0;
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return (status.success(), peak_bytes);
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        peak_bytes = peak_bytes.max(high_water(&text).unwrap_or(0));
        thread::sleep(Duration::from_millis(2));
    }
}

/// The line `VmHWM:    123456 kB`, in bytes.
fn high_water(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

/// The seconds of expansion, if rustc came that far, and the most memory at the edge of a pass.
/// Everything else is handed on: cargo reads messages there.
fn read_passes(stderr: impl BufRead) -> (Option<f64>, u64) {
    let (mut expansion_s, mut peak_bytes) = (None, 0);
    for line in stderr.lines() {
        let line = line.expect("rustc writes text");
        if !line.starts_with(PASS) {
            eprintln!("{line}");
            continue;
        }
        let pass: serde_json::Value =
            serde_json::from_str(&line["time: ".len()..]).expect("rustc writes JSON");
        if pass["pass"] == EXPANSION {
            expansion_s = pass["time"].as_f64();
        }
        let resident = ["rss_start", "rss_end"].map(|key| pass[key].as_u64().unwrap_or(0));
        peak_bytes = resident.into_iter().fold(peak_bytes, u64::max);
    }
    (expansion_s, peak_bytes)
}
