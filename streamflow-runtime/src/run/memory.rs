//! Watches how much memory the process takes, and pauses the input before it takes more than it may.
//!
//! ```text
//!   80 %  the stages weigh what they keep, and a warning names the largest
//!  100 %  no more input is read; rounds go on, so that intervals end and what is idle is forgotten;
//!         tables give back the room that they do not need
//!   95 %  the input is read again
//! ```
//!
//! Where nothing becomes free although the next trigger has fired, or none ever will, the run ends
//! with an error that names the stage and its largest keys.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Run;
use crate::error::{Code, Error, Result};
use crate::plan::Plan;
use crate::state::Weight;

/// How often it is looked how much memory is taken.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long a trigger that has fired, or the first round of a shortage, has to make room: what is
/// freed does not go back to the system at once.
const MAKES_ROOM_MS: i64 = 3_000;

/// The memory that a run may take.
#[derive(Debug)]
pub(crate) struct Memory {
    limit_bytes: Option<u64>,
    is_short: AtomicBool,
    /// Whether the next round weighs what the stages keep.
    is_to_weigh: AtomicBool,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    looked: Option<Instant>,
    taken_bytes: u64,
    /// When a shortage ends the run.
    ends_at_ms: Option<i64>,
    has_warned: bool,
    has_told: bool,
    /// What each stage keeps, as it was last weighed.
    weights: BTreeMap<usize, Weight>,
}

impl Memory {
    pub(super) fn new(limit_bytes: Option<u64>) -> Self {
        Memory {
            limit_bytes,
            is_short: AtomicBool::new(false),
            is_to_weigh: AtomicBool::new(false),
            known: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Whole at any moment: it is changed by single assignments.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is so little left that no input is read.
    #[inline]
    pub(crate) fn is_short(&self) -> bool {
        self.limit_bytes.is_some() && self.is_short.load(Ordering::Acquire)
    }

    /// Whether a round weighs what the stages keep. Asked once a round, before any stage is weighed.
    pub(super) fn is_to_weigh(&self) -> bool {
        let is_to_weigh = self.limit_bytes.is_some()
            && (self.is_to_weigh.swap(false, Ordering::AcqRel) || self.is_short());
        if is_to_weigh {
            self.lock().weights.clear();
        }
        is_to_weigh
    }

    /// Takes in what a stage keeps on one worker.
    pub(crate) fn weighed(&self, stage: usize, weight: Weight) {
        let mut known = self.lock();
        let before = known.weights.remove(&stage).unwrap_or_default();
        known.weights.insert(stage, before.and(weight));
    }

    /// Looks how much is taken, now and then. Called by one worker.
    ///
    /// # Errors
    ///
    /// When nothing becomes free.
    pub(crate) fn look(&self, run: &Run) -> Result<()> {
        let Some(limit_bytes) = self.limit_bytes else {
            return Ok(());
        };
        let mut known = self.lock();
        if known.looked.is_some_and(|at| at.elapsed() < LOOK_EVERY) {
            return Ok(());
        }
        known.looked = Some(Instant::now());
        known.taken_bytes = resident_bytes()?;
        let share = |percent: u64| limit_bytes / 100 * percent;
        match known.ends_at_ms {
            None if known.taken_bytes > limit_bytes => {
                let now_ms = run.clock.now_ms();
                let fires_ms = run.rounds.next_boundary_ms();
                let makes_room_ms = fires_ms.map_or(now_ms, |at_ms| at_ms.max(now_ms));
                known.ends_at_ms = Some(makes_room_ms.saturating_add(MAKES_ROOM_MS));
                known.has_told = false;
                self.is_short.store(true, Ordering::Release);
                self.weigh(run);
            }
            Some(_) if known.taken_bytes <= share(95) => {
                known.ends_at_ms = None;
                self.is_short.store(false, Ordering::Release);
                tracing::warn!("there is room again: input is read on");
            }
            Some(ends_at_ms) if known.has_told && run.clock.now_ms() >= ends_at_ms => {
                return Err(nothing_is_free(run.plan, &known, limit_bytes));
            }
            None if known.taken_bytes > share(80) && !known.has_warned => {
                known.has_warned = true;
                known.has_told = false;
                self.weigh(run);
            }
            Some(_) | None => {}
        }
        Ok(())
    }

    fn weigh(&self, run: &Run) {
        self.is_to_weigh.store(true, Ordering::Release);
        run.rounds.request();
    }

    /// Says what the stages keep, when all have been weighed.
    pub(super) fn tell(&self, plan: &Plan) {
        let (Some(limit_bytes), mut known) = (self.limit_bytes, self.lock()) else {
            return;
        };
        if !known.has_told {
            known.has_told = true;
            let kept = kept(plan, &known);
            let taken = taken(&known, limit_bytes);
            if known.ends_at_ms.is_some() {
                tracing::warn!("{taken}: input is paused until there is room; {kept}");
            } else {
                tracing::warn!("{taken}; {kept}");
            }
        }
    }
}

fn taken(known: &Known, limit_bytes: u64) -> String {
    format!(
        "{} of memory are taken of the {} that may be",
        size(known.taken_bytes),
        size(limit_bytes)
    )
}

/// What the largest stage keeps, in words.
fn kept(plan: &Plan, known: &Known) -> String {
    let weights = known.weights.iter();
    let Some((number, weight)) = weights.max_by_key(|(_, weight)| weight.bytes) else {
        return "no stage keeps state".to_owned();
    };
    let Some(stage) = plan.stages.get(*number) else {
        return String::new();
    };
    let bytes = size(weight.bytes as u64);
    let mut text = format!(
        "`{}` (line {}) keeps the most: {} entries, {bytes} as a checkpoint has them",
        stage.text, stage.line, weight.n_entries
    );
    let mut word = "; the largest are of the keys";
    for (bytes, key) in &weight.largest {
        let bytes = size(*bytes as u64);
        // A text cannot refuse to be written to.
        let _ = write!(text, "{word} {key} ({bytes})");
        word = ",";
    }
    text
}

fn nothing_is_free(plan: &Plan, known: &Known, limit_bytes: u64) -> Error {
    Error::new(
        Code::OutOfMemory,
        format!(
            "{}, and nothing becomes free: {}",
            taken(known, limit_bytes),
            kept(plan, known)
        ),
    )
    .help("bound what the stage keeps, by `ttl`, `cap` or a shorter interval, or give the job more: `memory: 4GiB`, `--memory 4GiB`")
}

/// A number of bytes in words.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} B"),
        10_240..10_485_760 => format!("{} KiB", bytes >> 10),
        10_485_760.. => format!("{} MiB", bytes >> 20),
    }
}

/// Gives back to the system what this thread has freed, and what others have freed of its memory:
/// otherwise that is done when the thread asks for memory again, and a paused one does not.
pub(crate) fn give_back() {
    #[cfg(feature = "mimalloc")]
    #[expect(
        unsafe_code,
        reason = "mimalloc is C; input that is paused waits for this"
    )]
    // SAFETY: it may be called by any thread at any time, and moves nothing that is in use.
    unsafe {
        libmimalloc_sys::mi_collect(true);
    }
}

/// How much memory of the machine the process takes, in bytes.
#[cfg(target_os = "linux")]
fn resident_bytes() -> Result<u64> {
    let unknown = || {
        Error::new(
            Code::Bug,
            "cannot find out how much memory the process takes",
        )
    };
    let sizes =
        std::fs::read_to_string("/proc/self/statm").map_err(|cause| unknown().caused_by(cause))?;
    let pages = sizes.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    let pages: u64 = pages.ok_or_else(unknown)?;
    Ok(pages.saturating_mul(rustix::param::page_size() as u64))
}

#[cfg(not(target_os = "linux"))]
fn resident_bytes() -> Result<u64> {
    Err(Error::new(
        Code::Config,
        "`memory` cannot be set on this system: how much is taken is known on Linux only",
    )
    .help("take `memory` out, and limit the process from outside"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_units_that_people_know() {
        assert_eq!(size(10_239), "10239 B");
        assert_eq!(size(10_240), "10 KiB");
        assert_eq!(size(64 << 20), "64 MiB");
        assert_eq!(size(5 << 30), "5120 MiB");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_of_this_process_is_known() {
        let taken = resident_bytes().expect("there is a /proc");
        assert!((1 << 20..1 << 40).contains(&taken), "{taken}");
    }
}
