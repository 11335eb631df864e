//! What limits state that goes on, and when its results leave.

use crate::model::{Aggregate, Bound, Emit, Node};
use crate::plan::Running;

/// What limits the state of a stage.
pub(super) fn bound(node: &Node) -> Bound {
    node.keeping.bound.unwrap_or_default()
}

/// Whether the results of an aggregate leave as its items come, and it goes on with them.
pub(super) fn goes_on(node: &Node) -> bool {
    node.keeping.running.is_some() || node.keeping.is_window_of_changes()
}

/// How an aggregate goes on.
pub(super) fn of<'m>(aggregate: &'m Aggregate, node: &Node) -> Running<'m> {
    Running {
        aggregate,
        bound: bound(node),
        updates_ms: updates_ms(node),
    }
}

/// At which intervals the latest results leave; with each item where nothing is said.
fn updates_ms(node: &Node) -> Option<u64> {
    match node.keeping.emit {
        Some(Emit::Updates { every_ms }) => Some(every_ms),
        Some(Emit::Final | Emit::Changes) | None => None,
    }
}
