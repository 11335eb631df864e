//! Runs a test again and again, and lets its jobs crash at another step each time.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far the jobs of a test have come, and at which step they crash.
#[derive(Debug)]
pub(crate) struct Steps {
    passed: AtomicU64,
    crash_at: Option<u64>,
}

impl Steps {
    fn crashing_at(crash_at: Option<u64>) -> Arc<Self> {
        Arc::new(Steps {
            passed: AtomicU64::new(0),
            crash_at,
        })
    }

    /// Passes a step; whether the job crashes at it.
    pub(crate) fn pass(&self) -> bool {
        let step = self.passed.fetch_add(1, Ordering::AcqRel);
        self.crash_at == Some(step)
    }

    /// Whether a step has been passed at which the job crashed.
    pub(super) fn have_crashed(&self) -> bool {
        let passed = self.passed.load(Ordering::Acquire);
        self.crash_at.is_some_and(|crash_at| crash_at < passed)
    }
}

thread_local! {
    /// The steps of the test that runs on this thread, if its jobs are to crash.
    static STEPS: RefCell<Option<Arc<Steps>>> = const { RefCell::new(None) };
}

/// The steps of the test at hand, if its jobs are to crash.
pub(super) fn of_this_test() -> Option<Arc<Steps>> {
    STEPS.with_borrow(Clone::clone)
}

/// Lets jobs crash as long as it lives.
struct Crashing;

impl Crashing {
    fn by(steps: &Arc<Steps>) -> Self {
        STEPS.set(Some(Arc::clone(steps)));
        Crashing
    }
}

impl Drop for Crashing {
    fn drop(&mut self) {
        STEPS.set(None);
    }
}

/// Runs a test undisturbed, and then once for each step of its jobs, at which the job then crashes
/// and is begun again from its last checkpoint: what `#[stream_test(crash = every)]` does.
///
/// Each job has checkpoints, in a directory of its own where the test names none. Behind a crash,
/// what was read since the last checkpoint is read again, so rows may be printed twice:
/// [`expect`](super::JobTest::expect) then wants each row at least as often as it stands there, and
/// no other. What is counted by the wall clock, `every 1s`, may fall into the next interval.
///
/// # Panics
///
/// Panics where the test does, with the step at which the job had crashed.
///
/// ```
/// use streamflow_runtime::testing::crash_everywhere;
///
/// let mut runs = 0;
/// // Without a job there is no step, and so no crash.
/// crash_everywhere(|| runs += 1);
/// assert_eq!(runs, 1);
/// ```
pub fn crash_everywhere(mut test: impl FnMut()) {
    let undisturbed = Steps::crashing_at(None);
    {
        let _crashing = Crashing::by(&undisturbed);
        test();
    }
    let n_steps = undisturbed.passed.load(Ordering::Acquire);
    for step in 0..n_steps {
        let _crashing = Crashing::by(&Steps::crashing_at(Some(step)));
        let told = Told { step, n_steps };
        test();
        std::mem::forget(told);
    }
}

/// Says at which step the job had crashed, if the test panics.
struct Told {
    step: u64,
    n_steps: u64,
}

impl Drop for Told {
    #[expect(
        clippy::print_stderr,
        reason = "a test says on standard error why it has failed"
    )]
    fn drop(&mut self) {
        eprintln!(
            "the job had crashed at step {} of {}",
            self.step + 1,
            self.n_steps
        );
    }
}

/// A directory that is gone with the test.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("streamflow-test-{}-{number}", std::process::id());
        Scratch(std::env::temp_dir().join(name))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Where nothing was saved there is none.
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}
