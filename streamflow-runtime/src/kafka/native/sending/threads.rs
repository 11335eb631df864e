//! Starts the threads that send.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use super::outbox::Outbox;
use crate::error::{Code, Error};

/// Starts a thread whose panic ends the run: somebody waits for what it would have said.
pub(super) fn start(
    name: &str,
    outbox: Arc<Outbox>,
    work: impl FnOnce() + Send + 'static,
) -> Result<(), Error> {
    let guarded = move || {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            let what = "a thread that sends records panicked";
            outbox.fail(Error::new(Code::Bug, what));
            outbox.close();
        }
    };
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(guarded);
    let failed = |cause| Error::new(Code::Bug, "cannot start a thread to send on").caused_by(cause);
    spawned.map(drop).map_err(failed)
}
