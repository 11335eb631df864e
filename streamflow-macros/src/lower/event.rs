//! Finds out whose time a window goes by.

use super::{Lowering, join};
use crate::closure::Function;
use crate::model::{Node, Refused, WindowKind};
use crate::plan::{EventWindow, Operation, State, Steps, Timed, Times};

/// How long a silent partition is waited for, where nothing is said.
const IDLE_MS: u64 = 30_000;

/// How far in front of the clock a time may be, where nothing is said.
const FUTURE_MS: u64 = 600_000;

/// The time that items have at a place of the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Time {
    /// The stages that give it, in order.
    pub(super) stages: Vec<usize>,
    /// How long after the watermark items of it may come: the wait of the windows in front.
    pub(super) behind_ms: u64,
}

impl<'m> Lowering<'m> {
    pub(super) fn event_time(
        &self,
        node: &'m Node,
        function: &'m Function,
        inputs: &[usize],
    ) -> Operation<'m> {
        let times = node.keeping.times;
        Operation::EventTime {
            function,
            times: Times {
                lag_ms: times.lag_ms.unwrap_or(0),
                idle_ms: times.idle_ms.unwrap_or(IDLE_MS),
                future_ms: times.future_ms.unwrap_or(FUTURE_MS),
            },
            state: self.own_name(node),
            in_rounds: inputs.iter().any(|input| self.comes_in_rounds(*input)),
        }
    }

    /// Whether items leave a stage in rounds: what is kept is taken out in one.
    fn comes_in_rounds(&self, number: usize) -> bool {
        let Some(stage) = self.stages.get(number) else {
            return false;
        };
        if let Some(refusing) = self.refusing(stage) {
            let is_late_in_rounds = matches!(stage.operation, Operation::Refused(Refused::Late))
                && refusing
                    .operation
                    .state()
                    .is_some_and(State::is_of_sessions);
            return is_late_in_rounds
                || (refusing.inputs.iter()).any(|input| self.comes_in_rounds(*input));
        }
        stage.operation.ends_loop()
            || matches!(stage.operation, Operation::Gather { .. })
            || (stage.inputs.iter()).any(|input| self.comes_in_rounds(*input))
    }

    /// How the window of an aggregate closes, if items have a time of their own there.
    pub(super) fn event_window(&self, node: &Node, inputs: &[usize]) -> Option<EventWindow> {
        let window = node.keeping.window.as_ref()?;
        if window.kind == WindowKind::Rows {
            return None;
        }
        let Time { stages, behind_ms } = self.time_of(*inputs.first()?)?;
        Some(EventWindow {
            times: stages,
            wait_ms: node.keeping.late.map_or(0, |late| late.wait_ms),
            behind_ms,
        })
    }

    /// Whose time the items have that leave a stage.
    pub(super) fn timed(&self, number: usize) -> Option<Timed> {
        let Time { stages, behind_ms } = self.time_of(number)?;
        Some(Timed {
            times: stages,
            behind_ms,
        })
    }

    /// Which time the timers of a stage go by, if items have one of their own there.
    pub(super) fn event_timers(&self, inputs: &[usize]) -> Option<EventWindow> {
        let Time { stages, behind_ms } = self.time_of(*inputs.first()?)?;
        Some(EventWindow {
            times: stages,
            wait_ms: 0,
            behind_ms,
        })
    }

    /// What a stage keeps for each key, with the time by which a key is forgotten that nobody uses.
    pub(super) fn keyed_state(&self, node: &Node, inputs: &[usize]) -> State {
        let ends = node
            .keeping
            .bound
            .is_some_and(|bound| bound.ttl_ms.is_some());
        let time = inputs.first().and_then(|input| self.time_of(*input));
        let event = time.filter(|_| ends).map(|time| EventWindow {
            times: time.stages,
            wait_ms: 0,
            behind_ms: time.behind_ms,
        });
        State {
            event,
            ..self.state(node)
        }
    }

    /// What an aggregate keeps that goes on.
    pub(super) fn running_state(&self, node: &Node, inputs: &[usize]) -> State {
        if !node.keeping.is_window_of_changes() {
            return self.keyed_state(node, inputs);
        }
        State {
            event: self.event_window(node, inputs),
            ..self.state(node)
        }
    }

    /// The time of the items that leave a stage.
    pub(super) fn time_of(&self, number: usize) -> Option<Time> {
        let stage = self.stages.get(number)?;
        match &stage.operation {
            Operation::EventTime { .. } => Some(Time {
                stages: vec![number],
                behind_ms: 0,
            }),
            // The result of some rows has the time of the last one.
            Operation::Aggregate { state, .. }
                if matches!(state.steps, Some(Steps::Rows { .. })) =>
            {
                self.time_of(*stage.inputs.first()?)
            }
            Operation::Aggregate { state, .. } | Operation::Join { state, .. } => {
                state.event.clone().map(Time::of_windows)
            }
            Operation::Running { state, .. } if state.is_window_of_changes() => {
                state.event.clone().map(Time::of_windows)
            }
            Operation::Refused(Refused::Failed) => {
                let refusing = self.stages.get(*stage.inputs.first()?)?;
                self.time_of(*refusing.inputs.first()?)
            }
            Operation::Refused(Refused::Late) => {
                let refusing = self.stages.get(*stage.inputs.first()?)?;
                // What is late for a join comes from both sides.
                let mut times = refusing.inputs.iter().map(|input| self.time_of(*input));
                let first = times.next()??;
                times.try_fold(first, |known, other| Some(known.beside(other?)))
            }
            Operation::IntervalJoin {
                join,
                within,
                state,
            } => Some(join::time_behind(*join, *within, state.event.as_ref()?)),
            Operation::Union => {
                let mut times = stage.inputs.iter().map(|input| self.time_of(*input));
                let first = times.next()??;
                times.try_fold(first, |known, other| Some(known.beside(other?)))
            }
            Operation::Rows { .. }
            | Operation::Gather { .. }
            | Operation::Batch { .. }
            | Operation::UpdateState { .. }
            | Operation::Source(_) => None,
            // Items go on when both the stream and the table have come so far.
            Operation::LookUp { as_of: Some(_), .. } => {
                let mut times = stage.inputs.iter().map(|input| self.time_of(*input));
                let first = times.next()??;
                times.try_fold(first, |known, other| Some(known.beside(other?)))
            }
            Operation::Running { running, .. } if running.updates_ms.is_some() => None,
            Operation::LookUp { as_of: None, .. }
            | Operation::Table { .. }
            | Operation::Ordered { .. }
            | Operation::Running { .. }
            | Operation::Decode(_)
            | Operation::Split(_)
            | Operation::Arm
            | Operation::Each(..)
            | Operation::Plain(_)
            | Operation::Passing { .. }
            | Operation::Ask { .. }
            | Operation::Print { .. }
            | Operation::ToParts { .. }
            | Operation::ToKafka { .. }
            | Operation::ToOwn(..)
            | Operation::ToNull => self.time_of(*stage.inputs.first()?),
        }
    }
}

impl Time {
    /// The time of what leaves windows.
    fn of_windows(window: EventWindow) -> Time {
        let EventWindow {
            times,
            wait_ms,
            behind_ms,
        } = window;
        Time {
            stages: times,
            behind_ms: behind_ms.saturating_add(wait_ms),
        }
    }

    /// The time of two streams that become one: the slower one counts.
    pub(super) fn beside(mut self, other: Time) -> Time {
        self.stages.extend(other.stages);
        self.stages.sort_unstable();
        self.stages.dedup();
        self.behind_ms = self.behind_ms.max(other.behind_ms);
        self
    }
}
