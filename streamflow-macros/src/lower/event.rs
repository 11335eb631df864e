//! Finds out whose time a window goes by.

use super::Lowering;
use crate::closure::Function;
use crate::model::{Node, WindowKind};
use crate::plan::{EventWindow, Operation, Times};

/// How long a silent partition is waited for, where nothing is said.
const IDLE_MS: u64 = 30_000;

/// How far in front of the clock a time may be, where nothing is said.
const FUTURE_MS: u64 = 600_000;

/// The time that items have at a place of the job.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Time {
    /// The stages that give it, in order.
    stages: Vec<usize>,
    /// How long after the watermark items of it may come: the wait of the windows in front.
    behind_ms: u64,
}

impl<'m> Lowering<'m> {
    pub(super) fn event_time(&self, node: &'m Node, function: &'m Function) -> Operation<'m> {
        let times = node.keeping.times;
        Operation::EventTime {
            function,
            times: Times {
                lag_ms: times.lag_ms.unwrap_or(0),
                idle_ms: times.idle_ms.unwrap_or(IDLE_MS),
                future_ms: times.future_ms.unwrap_or(FUTURE_MS),
            },
            state: self.own_name(node),
        }
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

    /// Which time the timers of a stage go by, if items have one of their own there.
    pub(super) fn event_timers(&self, inputs: &[usize]) -> Option<EventWindow> {
        let Time { stages, behind_ms } = self.time_of(*inputs.first()?)?;
        Some(EventWindow {
            times: stages,
            wait_ms: 0,
            behind_ms,
        })
    }

    /// The time of the items that leave a stage.
    fn time_of(&self, number: usize) -> Option<Time> {
        let stage = self.stages.get(number)?;
        match &stage.operation {
            Operation::EventTime { .. } => Some(Time {
                stages: vec![number],
                behind_ms: 0,
            }),
            Operation::Aggregate { state, .. } => {
                let EventWindow {
                    times,
                    wait_ms,
                    behind_ms,
                } = state.event.clone()?;
                Some(Time {
                    stages: times,
                    behind_ms: behind_ms.saturating_add(wait_ms),
                })
            }
            Operation::Union => {
                let mut times = stage.inputs.iter().map(|input| self.time_of(*input));
                let first = times.next()??;
                times.try_fold(first, |known, other| Some(known.beside(other?)))
            }
            Operation::Rows { .. }
            | Operation::Gather { .. }
            | Operation::Batch { .. }
            | Operation::Join { .. }
            | Operation::UpdateState { .. }
            | Operation::Source(_) => None,
            Operation::Ordered { .. }
            | Operation::Decode(_)
            | Operation::Split(_)
            | Operation::Arm
            | Operation::Each(..)
            | Operation::Plain(_)
            | Operation::Print { .. }
            | Operation::ToFiles { .. }
            | Operation::ToKafka { .. }
            | Operation::ToNull => self.time_of(*stage.inputs.first()?),
        }
    }
}

impl Time {
    /// The time of two streams that become one: the slower one counts.
    fn beside(mut self, other: Time) -> Time {
        self.stages.extend(other.stages);
        self.stages.sort_unstable();
        self.stages.dedup();
        self.behind_ms = self.behind_ms.max(other.behind_ms);
        self
    }
}
