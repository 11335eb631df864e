//! What a test asks of a run: to crash at a point, or to show what a state holds.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::settle::Image;
use super::{Kept, Run};
use crate::error::{Code, Error, Result};
use crate::plan::Role;
use crate::state::{Aged, Timed, entries, layout_of};
use crate::testing::{Point, Steps};

/// What a test has asked for.
#[derive(Debug, Default)]
pub(crate) struct UnderTest {
    /// Where the run is to crash.
    crash_at: Mutex<Option<Point>>,
    has_crashed: AtomicBool,
    /// The steps at one of which the run crashes, where it is to do so by itself.
    steps: Option<Arc<Steps>>,
    /// Whether the next round is to show what is kept.
    is_look_wanted: AtomicBool,
    /// Whether the round at hand does. Set in front of a round only, so that all workers see the
    /// same in it.
    is_looking: AtomicBool,
    /// What the last such round has shown.
    seen: Mutex<Option<Vec<Image>>>,
}

/// What is kept of a key beside its value.
#[derive(Debug, Clone, Copy)]
enum Beside {
    Nothing,
    /// When it was used last.
    Age,
    /// The same, and its timers.
    Timers,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl UnderTest {
    /// All workers have met: what is asked for from here on is for the next round.
    pub(super) fn begin_round(&self) {
        let is_wanted = self.is_look_wanted.swap(false, Ordering::AcqRel);
        self.is_looking.store(is_wanted, Ordering::Release);
    }

    /// Whether the round at hand shows what is kept.
    pub(crate) fn is_looking(&self) -> bool {
        self.is_looking.load(Ordering::Acquire)
    }

    /// Takes in what the round has shown.
    pub(super) fn show(&self, images: Vec<Image>) {
        *locked(&self.seen) = Some(images);
    }
}

/// Why a test cannot look into a state.
#[derive(Debug)]
pub(crate) enum Unseen {
    /// No stage keeps a state of this name.
    Unknown(String),
    /// It is that of windows.
    OfWindows(String),
    /// It holds something else than was asked for.
    Other(String, String),
    /// The job has ended.
    Ended,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unseen::Unknown(name) => write!(f, "no stage of the job keeps a state `{name}`"),
            Unseen::OfWindows(name) => write!(
                f,
                "`{name}` is the state of windows, whose steps are no results yet: look at what \
                 they give"
            ),
            Unseen::Other(name, layout) => {
                write!(f, "the state `{name}` holds something else: {layout}")
            }
            Unseen::Ended => f.write_str("the job has ended, and nothing is kept any more"),
        }
    }
}

impl Run {
    /// Lets the run crash at one of these steps.
    pub(crate) fn crashing_by(self, steps: Option<Arc<Steps>>) -> Self {
        let under_test = UnderTest {
            steps,
            ..self.under_test
        };
        Run { under_test, ..self }
    }

    /// Lets the run crash when it comes to this point next.
    pub(crate) fn crash_at(&self, point: Point) {
        *locked(&self.under_test.crash_at) = Some(point);
    }

    /// Whether it has crashed because a test wanted it.
    pub(crate) fn has_crashed(&self) -> bool {
        self.under_test.has_crashed.load(Ordering::Acquire)
    }

    /// Crashes where it is.
    pub(crate) fn crash(&self) {
        if !self.under_test.has_crashed.swap(true, Ordering::AcqRel) {
            self.abort(crashed());
        }
    }

    /// Notes that the run has come to a point, and crashes if it is to do so here.
    pub(crate) fn come_to(&self, point: Point) -> Result<()> {
        if !self.is_test() {
            return Ok(());
        }
        let steps = self.under_test.steps.as_ref();
        let mut crash_at = locked(&self.under_test.crash_at);
        if *crash_at == Some(point) {
            *crash_at = None;
        } else if !steps.is_some_and(|steps| steps.pass()) {
            return Ok(());
        }
        self.under_test.has_crashed.store(true, Ordering::Release);
        Err(crashed())
    }

    /// What the state of this name holds, as a round of its own shows it.
    pub(crate) fn look_into<K: DeserializeOwned, V: DeserializeOwned>(
        &self,
        name: &str,
        has_ended: impl Fn() -> bool,
    ) -> std::result::Result<Vec<(K, V)>, Unseen> {
        let keeps = |stage: &usize| self.state_name(*stage) == name;
        let stage = (0..self.plan.stages.len()).find(keeps);
        let stage = stage.filter(|_| !name.is_empty());
        let role = stage.and_then(|stage| Some((stage, self.plan.stages.get(stage)?.role)));
        let (stage, beside) = match role {
            None => return Err(Unseen::Unknown(name.to_owned())),
            Some((_, Role::Aggregate { steps, event, .. }))
                if steps.is_some() || event.is_some() =>
            {
                return Err(Unseen::OfWindows(name.to_owned()));
            }
            Some((stage, role)) => (stage, self.beside(stage, role)),
        };
        let images = self.look(has_ended).ok_or(Unseen::Ended)?;
        let of_stage = images.iter().filter(|image| image.stage == stage);
        let other = |layout: &str| Unseen::Other(name.to_owned(), layout.to_owned());
        // Bytes of one number can often be read as another.
        if let (Some(image), Beside::Nothing | Beside::Age) = (of_stage.clone().next(), beside) {
            let layout = Kept::read(name, &image.layout).layout;
            let value = layout.split_once(" -> ").map(|(_, value)| value);
            if value.is_some_and(|value| !value.starts_with(&layout_of::<V>())) {
                return Err(other(&layout));
            }
        }
        let parts = of_stage.clone().flat_map(|image| &image.parts);
        let parts: Vec<&[u8]> = parts.map(|part| &*part.bytes).collect();
        let read = match beside {
            Beside::Age => entries::<K, Aged<V>>(&parts).map(|all| {
                let all = all.into_iter();
                all.filter_map(|(key, aged)| Some((key, aged.into_state()?)))
                    .collect()
            }),
            Beside::Timers => entries::<K, Timed<V>>(&parts).map(|all| {
                let all = all.into_iter();
                all.filter_map(|(key, timed)| Some((key, timed.into_state()?)))
                    .collect()
            }),
            Beside::Nothing => entries(&parts),
        };
        read.map_err(|_| {
            let mut layouts = of_stage.map(|image| &*image.layout);
            other(layouts.next().unwrap_or_default())
        })
    }

    fn beside(&self, stage: usize, role: Role) -> Beside {
        let operator = self.plan.stages.get(stage).map(|stage| stage.operator);
        match role {
            Role::Ordered { .. } if operator == Some("process") => Beside::Timers,
            Role::Ordered { within: None, .. } | Role::Table { .. } => Beside::Age,
            _ => Beside::Nothing,
        }
    }

    /// Everything that is kept, as a round of its own shows it.
    fn look(&self, has_ended: impl Fn() -> bool) -> Option<Vec<Image>> {
        *locked(&self.under_test.seen) = None;
        self.under_test
            .is_look_wanted
            .store(true, Ordering::Release);
        self.rounds.request();
        loop {
            if let Some(images) = locked(&self.under_test.seen).take() {
                return Some(images);
            }
            if has_ended() {
                return None;
            }
            thread::sleep(Duration::from_micros(200));
        }
    }
}

fn crashed() -> Error {
    Error::new(Code::Bug, "the job has crashed, as its test wanted")
}
