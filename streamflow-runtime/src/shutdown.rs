//! Asks a run to end: a signal of the system does, or the program that the run is part of.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::cli;
use crate::error::{Code, Error, Result};
use crate::time::duration;

/// How soon a request to stop is seen by whoever watches over its time.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A request to end, shared by everything that has to hear of it.
///
/// A run that hears it stops fetching, finishes its batch, brings out its results, saves its
/// progress and ends with success.
///
/// ```
/// use streamflow_runtime::shutdown::StopSignal;
///
/// let stop = StopSignal::new();
/// let heard_elsewhere = stop.clone();
/// assert!(!heard_elsewhere.is_requested());
/// stop.request();
/// assert!(heard_elsewhere.is_requested());
/// ```
#[derive(Debug, Clone, Default)]
pub struct StopSignal {
    /// Set by [`request`](Self::request).
    requested: Arc<AtomicBool>,
    /// Set by a signal; the next one finds it set and ends the process.
    signalled: Arc<AtomicBool>,
    /// The number of the signal that came, or 0.
    signal: Arc<AtomicUsize>,
}

impl StopSignal {
    /// A request that only [`request`](Self::request) makes.
    pub fn new() -> Self {
        StopSignal::default()
    }

    /// A request that SIGTERM and SIGINT (Ctrl-C) make too.
    ///
    /// The second signal of either kind ends the process at once, with 128 and the signal's
    /// number: whoever sends it no longer wants a clean end.
    pub fn on_signals() -> Result<Self> {
        let stop = StopSignal::new();
        for (signal, number) in [(SIGTERM, 15), (SIGINT, 2)] {
            // Actions run in the order of their registration: this one must see the flag as the
            // signal before left it.
            signal_hook::flag::register_conditional_shutdown(
                signal,
                128 + signal,
                Arc::clone(&stop.signalled),
            )
            .and_then(|_| {
                signal_hook::flag::register_usize(signal, Arc::clone(&stop.signal), number)
            })
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop.signalled)))
            .map_err(|cause| {
                Error::new(Code::Bug, "cannot listen to the system's signals").caused_by(cause)
            })?;
        }
        Ok(stop)
    }

    /// Asks the run to end.
    pub fn request(&self) {
        self.requested.store(true, Ordering::Release);
    }

    /// Whether the run has been asked to end. Cheap enough to ask before every batch.
    #[inline]
    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Acquire) || self.signalled.load(Ordering::Acquire)
    }

    /// Ends the process if a stop that was asked for takes longer than `budget`: a broker that
    /// does not answer must not keep a supervisor waiting.
    pub(crate) fn end_process_after(&self, budget: Duration) -> Result<()> {
        let stop = self.clone();
        let watch = move || {
            while !stop.is_requested() {
                thread::sleep(LOOK_EVERY);
            }
            thread::sleep(budget);
            let error = Error::new(Code::NotCleanInTime, "the end was not clean in time")
                .at(format!("`shutdown` allows {}", duration::display_ms(budget_ms(budget))))
                .help("nothing since the last save is committed: start the job again, it goes on from there");
            std::process::exit(i32::from(cli::report(&error)));
        };
        let watching = thread::Builder::new()
            .name("streamflow-stop".to_owned())
            .spawn(watch);
        watching.map(drop).map_err(|cause| {
            Error::new(Code::Bug, "cannot watch over the end of the run").caused_by(cause)
        })
    }

    /// The signal that asked, if one did; the latest if several did.
    pub fn signal(&self) -> Option<&'static str> {
        match self.signal.load(Ordering::Acquire) {
            2 => Some("SIGINT"),
            15 => Some("SIGTERM"),
            _ => None,
        }
    }
}

fn budget_ms(budget: Duration) -> u64 {
    u64::try_from(budget.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use signal_hook::low_level::raise;

    use super::*;

    const CHILD: &str = "STREAMFLOW_TEST_OF_SIGNALS";

    /// Signals reach a whole process, so each test of them has one to itself.
    fn exit_code_of(test: &str) -> Option<i32> {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("shutdown::tests::{test}")])
            .env(CHILD, "1")
            .output()
            .unwrap()
            .status
            .code()
    }

    fn is_child() -> bool {
        std::env::var_os(CHILD).is_some()
    }

    #[test]
    fn first_signal_asks_the_run_to_end() {
        if is_child() {
            let stop = StopSignal::on_signals().unwrap();
            assert!(!stop.is_requested());
            raise(SIGTERM).unwrap();
            assert!(stop.is_requested());
            assert_eq!(stop.signal(), Some("SIGTERM"));
        } else {
            assert_eq!(exit_code_of("first_signal_asks_the_run_to_end"), Some(0));
        }
    }

    #[test]
    fn second_signal_ends_the_process_at_once() {
        if is_child() {
            let _stop = StopSignal::on_signals().unwrap();
            raise(SIGINT).unwrap();
            raise(SIGTERM).unwrap();
        } else {
            assert_eq!(
                exit_code_of("second_signal_ends_the_process_at_once"),
                Some(143)
            );
        }
    }

    #[test]
    fn first_signal_behind_a_request_does_not_end_the_process() {
        if is_child() {
            let stop = StopSignal::on_signals().unwrap();
            stop.request();
            raise(SIGINT).unwrap();
            assert_eq!(stop.signal(), Some("SIGINT"));
        } else {
            let test = "first_signal_behind_a_request_does_not_end_the_process";
            assert_eq!(exit_code_of(test), Some(0));
        }
    }
}
