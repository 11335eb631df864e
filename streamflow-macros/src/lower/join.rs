//! Finds out by whose time the items of two streams meet.

use super::Lowering;
use super::event::Time;
use crate::model::{self, Join, Node};
use crate::plan::{EventWindow, Operation, State, Within};

impl<'m> Lowering<'m> {
    /// A join of two streams.
    pub(super) fn streams_join(&self, node: &Node, inputs: &[usize], join: Join) -> Operation<'m> {
        let state = self.state(node);
        let Some(model::Within { from_ms, to_ms, .. }) = node.keeping.within else {
            let windows = node.keeping.window.as_ref();
            let event = windows.and_then(|_| self.time_of_both(node, inputs));
            let state = State { event, ..state };
            return Operation::Join { join, state };
        };
        Operation::IntervalJoin {
            join,
            within: Within { from_ms, to_ms },
            state: State {
                event: self.time_of_both(node, inputs),
                ..state
            },
        }
    }

    /// How long what two streams bring is kept, if the items of both have a time of their own.
    fn time_of_both(&self, node: &Node, inputs: &[usize]) -> Option<EventWindow> {
        let mut times = inputs.iter().map(|input| self.time_of(*input));
        let (left, right) = (times.next()??, times.next()??);
        let Time { stages, behind_ms } = left.beside(right);
        Some(EventWindow {
            times: stages,
            wait_ms: node.keeping.late.map_or(0, |late| late.wait_ms),
            behind_ms,
        })
    }
}

/// The time of what leaves a join: two items that meet have that of the later one; one that has met
/// nothing leaves when nothing can meet it any more.
pub(super) fn time_behind(join: Join, within: Within, event: &EventWindow) -> Time {
    let left_ms = u64::try_from(within.to_ms).unwrap_or(0);
    let right_ms = u64::try_from(within.from_ms.saturating_neg()).unwrap_or(0);
    let alone_ms = match join {
        Join::Inner | Join::Cogroup => 0,
        Join::Left | Join::Semi | Join::Anti => left_ms,
        Join::Right => right_ms,
        Join::Full => left_ms.max(right_ms),
    };
    let waits_ms = event.behind_ms.saturating_add(event.wait_ms);
    Time {
        stages: event.times.clone(),
        behind_ms: waits_ms.saturating_add(alone_ms),
    }
}
