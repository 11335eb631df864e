//! Rules about the names of streams.

use super::Checked;
use crate::diagnostics::Diagnostics;
use crate::model::{Kind, NodeId};

/// A stream that is named and never used would be read for nothing.
///
/// Where there are other mistakes, one of them may be why.
pub(super) fn named_streams_are_used(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    if !diagnostics.is_empty() {
        return Vec::new();
    }
    for binding in job.bindings.iter().filter(|binding| !binding.used) {
        let name = &binding.name;
        let is_arm = job
            .node(binding.node)
            .is_some_and(|node| matches!(node.kind, Kind::Arm | Kind::Refused(_)));
        let help = if is_arm {
            format!("use it: `{name} | print;`, or say that it goes nowhere: `{name} | to null;`")
        } else {
            format!("use it: `{name} | print;`, or take the `let` out")
        };
        diagnostics
            .error(name.span(), format!("the stream `{name}` is never used"))
            .help(help);
    }
    Vec::new()
}
