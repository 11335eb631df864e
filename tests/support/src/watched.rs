//! Runs a process that does not outlive this one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::java::resource;
use crate::waiting::until;

const STOPPING: Duration = Duration::from_secs(10);
const DYING: Duration = Duration::from_secs(60);

/// A process under `watchdog.sh`, which kills it when this process closes the watchdog's standard
/// input. That happens at this process's end, whatever ends it.
#[derive(Debug)]
pub(crate) struct Watched {
    watchdog: Child,
    log: PathBuf,
}

impl Watched {
    /// Starts the command with its output going to `log`. If this process ends before the command
    /// does, `directory` is removed.
    pub(crate) fn start(directory: &Path, log: PathBuf, command: &[String]) -> io::Result<Self> {
        let output = File::create(&log)?;
        let watchdog = Command::new("sh")
            .arg(resource("watchdog.sh"))
            .arg(directory)
            .args(command)
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            // Ctrl-C at a terminal is for the tests; the server ends after them.
            .process_group(0)
            .spawn()?;
        Ok(Watched { watchdog, log })
    }

    /// What the process has written so far.
    pub(crate) fn log(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How the process ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.watchdog.try_wait().expect("a child can be waited for")
    }

    /// Ends the process with SIGTERM, or with SIGKILL if it takes too long.
    pub(crate) fn stop(mut self) {
        self.order("stop");
        if until(STOPPING, || self.ended()).is_none() {
            self.kill();
        }
    }

    /// Ends the process with SIGKILL.
    pub(crate) fn kill(mut self) {
        self.order("kill");
        let ended = until(DYING, || self.ended());
        assert!(ended.is_some(), "a process is gone after SIGKILL");
    }

    /// Lets the process do nothing until it is resumed: to others it is there, and silent.
    pub(crate) fn pause(&mut self) {
        self.order("pause");
    }

    /// Lets a paused process go on.
    pub(crate) fn resume(&mut self) {
        self.order("resume");
    }

    fn order(&mut self, order: &str) {
        let orders = self
            .watchdog
            .stdin
            .as_mut()
            .expect("the watchdog's standard input is piped");
        // A watchdog that reads no more has ended, and its process before it: nothing is to be done.
        let _ = writeln!(orders, "{order}");
    }
}
