//! Runs one job as a child process and watches what it says.

use std::io::{self, Read};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A running job. Dropped, it is killed.
#[derive(Debug)]
pub struct Job {
    child: Child,
    captured: Arc<Captured>,
}

/// How a job ended and what it has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The exit code; None after a signal.
    pub code: Option<i32>,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
}

/// What a job has said so far; its readers write here, and wake who waits.
#[derive(Debug, Default)]
struct Captured {
    said: Mutex<Said>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Said {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    n_open: u32,
}

#[derive(Debug, Clone, Copy)]
enum Stream {
    Stdout,
    Stderr,
}

impl Job {
    /// Starts the command, with its output captured.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn start(command: &mut Command) -> Self {
        let spawned = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = spawned.unwrap_or_else(|cause| panic!("cannot start {command:?}: {cause}"));
        let captured = Arc::new(Captured::default());
        captured.lock().n_open = 2;
        let stdout = child.stdout.take().expect("standard output is piped");
        let stderr = child.stderr.take().expect("standard error is piped");
        capture(&captured, Stream::Stdout, stdout);
        capture(&captured, Stream::Stderr, stderr);
        Job { child, captured }
    }

    /// The job's standard input, if the command had it piped and nobody has taken it.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// The standard output so far.
    pub fn stdout(&self) -> String {
        text(&self.captured.lock().stdout)
    }

    /// The standard error so far.
    pub fn stderr(&self) -> String {
        text(&self.captured.lock().stderr)
    }

    /// Waits for the first whole line, of standard output or of standard error, that is looked
    /// for. What was said before the call counts too.
    ///
    /// # Panics
    ///
    /// If the job ends without such a line, or the time is over.
    pub fn wait_for_line(&self, is_looked_for: impl Fn(&str) -> bool, timeout: Duration) -> String {
        let deadline = Instant::now() + timeout;
        let mut said = self.captured.lock();
        loop {
            if let Some(line) = said.line(&is_looked_for) {
                return line;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if said.n_open == 0 || left.is_zero() {
                let what = if left.is_zero() {
                    "in time"
                } else {
                    "before the job ended"
                };
                let output = said.display();
                drop(said);
                panic!("no such line {what}\n{output}");
            }
            let waited = self.captured.more.wait_timeout(said, left);
            (said, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// User and system time of the job so far, to a hundredth of a second.
    ///
    /// # Panics
    ///
    /// If there is no `/proc`, or the job has ended and been waited for.
    pub fn cpu_s(&self) -> f64 {
        let path = format!("/proc/{}/stat", self.child.id());
        let text = std::fs::read_to_string(&path).expect("a running process has its times");
        // The name of the program, in parentheses, may hold anything.
        let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: u32 = ticks.filter_map(|ticks| ticks.parse::<u32>().ok()).sum();
        // Linux gives them to programs in hundredths, whatever it counts in itself.
        f64::from(ticks) / 100.0
    }

    /// Ends the job with SIGKILL. [`Job::wait`] then tells what it had said.
    ///
    /// # Panics
    ///
    /// If the signal cannot be sent.
    pub fn kill(&mut self) {
        self.child.kill().expect("a child can be killed");
    }

    /// Asks the job to end, with SIGTERM.
    ///
    /// # Panics
    ///
    /// If the signal cannot be sent, because the job has ended and been waited for.
    pub fn terminate(&mut self) {
        let ended = self.child.try_wait().expect("a child can be waited for");
        assert!(
            ended.is_none(),
            "the job ended by itself ({ended:?})\n{}",
            self.output()
        );
        let process_id = self.child.id().to_string();
        let status = Command::new("kill").args(["-TERM", &process_id]).status();
        let status = status.expect("`kill` can be run");
        assert!(
            status.success(),
            "`kill -TERM {process_id}` failed: {status}"
        );
    }

    /// Waits until the job has ended and all it said has been read.
    ///
    /// # Panics
    ///
    /// If the time is over: the job is killed, and the panic says what it had said.
    pub fn wait(mut self, timeout: Duration) -> Ended {
        let deadline = Instant::now() + timeout;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                break status;
            }
            if Instant::now() >= deadline {
                self.kill();
                panic!("the job did not end within {timeout:?}\n{}", self.output());
            }
            thread::sleep(LOOK_AGAIN);
        };
        let said = self.captured.lock();
        let (mut said, _) = self
            .captured
            .more
            // Another second, for the readers of a job that ended in the last moment.
            .wait_timeout_while(
                said,
                deadline + Duration::from_secs(1) - Instant::now(),
                |said| said.n_open > 0,
            )
            .unwrap_or_else(PoisonError::into_inner);
        let stdout = text(&std::mem::take(&mut said.stdout));
        let stderr = text(&std::mem::take(&mut said.stderr));
        drop(said);
        Ended {
            code: status.code(),
            stdout,
            stderr,
        }
    }

    fn output(&self) -> String {
        self.captured.lock().display()
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        // Both fail only for a job that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Captured {
    fn lock(&self) -> MutexGuard<'_, Said> {
        // Bytes are only ever appended, so that they are whole whoever panicked.
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Said {
    fn line(&self, is_looked_for: impl Fn(&str) -> bool) -> Option<String> {
        let (stdout, stderr) = (text(&self.stdout), text(&self.stderr));
        let mut lines = whole_lines(&stdout).chain(whole_lines(&stderr));
        lines.find(|line| is_looked_for(line)).map(str::to_owned)
    }

    fn display(&self) -> String {
        let (stdout, stderr) = (text(&self.stdout), text(&self.stderr));
        format!("--- standard output\n{stdout}\n--- standard error\n{stderr}\n---")
    }
}

fn whole_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn capture(captured: &Arc<Captured>, stream: Stream, mut from: impl Read + Send + 'static) {
    let captured = Arc::clone(captured);
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        loop {
            let read = from.read(&mut buffer);
            let mut said = captured.lock();
            match read {
                Ok(n_bytes @ 1..) => match stream {
                    Stream::Stdout => said.stdout.extend_from_slice(&buffer[..n_bytes]),
                    Stream::Stderr => said.stderr.extend_from_slice(&buffer[..n_bytes]),
                },
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => {
                    said.n_open -= 1;
                    captured.more.notify_all();
                    return;
                }
            }
            captured.more.notify_all();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn shell(script: &str) -> Job {
        Job::start(
            Command::new("sh")
                .args(["-c", script])
                .stdin(Stdio::piped()),
        )
    }

    #[test]
    fn code_and_output_are_told() {
        let ended = shell("echo rows; echo words >&2; exit 66").wait(LONG);
        let (stdout, stderr) = ("rows\n".to_owned(), "words\n".to_owned());
        assert_eq!(
            ended,
            Ended {
                code: Some(66),
                stdout,
                stderr
            }
        );
    }

    #[test]
    fn a_line_is_waited_for() {
        let mut job = shell("read -r name; echo \"hello $name\"; exec sleep 60");
        let mut stdin = job.take_stdin().unwrap();
        io::Write::write_all(&mut stdin, b"user1\n").unwrap();
        let line = job.wait_for_line(|line| line.starts_with("hello"), LONG);
        assert_eq!(line, "hello user1");
    }

    #[test]
    #[should_panic(expected = "before the job ended\n--- standard output\nsomething else")]
    fn a_job_that_ends_is_not_waited_for() {
        shell("echo something else").wait_for_line(|line| line == "hello", LONG);
    }

    #[test]
    fn sigterm_can_be_answered() {
        let mut job = shell("trap 'echo bye; exit 3' TERM; echo ready; read -r _");
        job.wait_for_line(|line| line == "ready", LONG);
        job.terminate();
        let ended = job.wait(LONG);
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(3), "ready\nbye\n")
        );
    }

    #[test]
    fn a_killed_job_has_no_code_and_keeps_its_output() {
        let mut job = shell("echo ready; exec sleep 60");
        job.wait_for_line(|line| line == "ready", LONG);
        job.kill();
        let ended = job.wait(LONG);
        assert_eq!((ended.code, ended.stdout.as_str()), (None, "ready\n"));
    }

    #[test]
    #[should_panic(expected = "did not end within 1ms")]
    fn a_job_that_does_not_end_is_killed() {
        shell("exec sleep 60").wait(Duration::from_millis(1));
    }
}
