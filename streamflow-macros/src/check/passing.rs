//! Rules about stages that pass items on as they are.

use super::Checked;
use super::time::keeper_in_front;
use crate::diagnostics::Diagnostics;
use crate::model::{Health, Kind, NodeId, Passing};

/// `sample` chooses records by where they stand, and `throttle` holds back what has not been read yet:
/// behind a stage that keeps items there is neither.
pub(super) fn items_of_records_are_passed_on(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        let does = match &node.kind {
            Kind::Passing(Passing::Sample { .. }) => "chooses among records by where they stand",
            Kind::Passing(Passing::Throttle { .. }) => "holds back records that are not read yet",
            _ => continue,
        };
        if node.health != Health::Sound {
            continue;
        }
        if let Some(before) = keeper_in_front(job, node) {
            let (word, before) = (&node.word, &before.word);
            diagnostics
                .error(
                    word.span(),
                    format!("`{word}` {does}, and what leaves `{before}` is no record"),
                )
                .help(format!("put it in front of `{before}`"));
            unfit.push(NodeId(at));
        }
    }
    unfit
}
