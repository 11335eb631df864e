//! Finds the stages that can be compiled although the job has mistakes.

use std::collections::BTreeSet;

use crate::model::{Health, Job, Kind, NodeId};

/// The stages, in order, that are not connected with any poisoned one.
///
/// A pipeline cut off in the middle would leave types open that the rest would have settled, and
/// the Rust compiler would report that as a second mistake. So a poisoned stage takes with it
/// everything it is connected with.
pub(super) fn nodes(job: &Job, unfit: &BTreeSet<NodeId>) -> Vec<NodeId> {
    let mut poisoned: BTreeSet<NodeId> = job
        .nodes
        .iter()
        .enumerate()
        .filter(|(at, node)| {
            node.health == Health::Poisoned || node.later || ends_open(job, NodeId(*at))
        })
        .map(|(at, _)| NodeId(at))
        .chain(unfit.iter().copied())
        .collect();
    loop {
        let before = poisoned.len();
        for (at, node) in job.nodes.iter().enumerate() {
            let id = NodeId(at);
            let touched =
                poisoned.contains(&id) || node.inputs.iter().any(|input| poisoned.contains(input));
            if touched {
                poisoned.insert(id);
                poisoned.extend(node.inputs.iter().copied());
            }
        }
        if poisoned.len() == before {
            break;
        }
    }
    (0..job.nodes.len())
        .map(NodeId)
        .filter(|id| !poisoned.contains(id))
        .collect()
}

/// Whether a stage's items go nowhere, which is reported, and their type may be open.
fn ends_open(job: &Job, id: NodeId) -> bool {
    let Some(node) = job.node(id) else {
        return true;
    };
    let settled = matches!(
        node.kind,
        Kind::Aggregate(_) | Kind::Join(_) | Kind::UpdateState(_)
    ) || node.is_sink();
    !settled && job.consumers(id).next().is_none()
}
