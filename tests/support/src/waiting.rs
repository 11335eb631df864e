//! Waits for what another process does, by looking again and again.

use std::thread;
use std::time::{Duration, Instant};

/// How long a client waits for a server: long enough for a loaded machine, since it only bounds
/// a hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(20);

/// The first value that `look` finds, if there is one before the deadline.
pub(crate) fn until<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(PAUSE);
    }
}

/// What `attempt` gives once it succeeds: a server that has just started refuses for a while.
///
/// Panics with the last error when patience ends.
pub(crate) fn retried<T, E: std::fmt::Display>(
    what: &str,
    mut attempt: impl FnMut() -> Result<T, E>,
) -> T {
    let mut last_error = None;
    let outcome = until(PATIENCE, || {
        attempt()
            .map_err(|error| last_error = Some(error.to_string()))
            .ok()
    });
    outcome.unwrap_or_else(|| {
        let error = last_error.unwrap_or_default();
        panic!("{what}: no success within {PATIENCE:?}; the last error was: {error}")
    })
}
