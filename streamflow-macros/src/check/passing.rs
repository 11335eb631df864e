//! Rules about stages that pass items on as they are.

use super::Checked;
use crate::diagnostics::Diagnostics;
use crate::model::{Health, Job, Kind, Node, NodeId, Passing};
use crate::operators::Keeps;

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

/// A stage in front that keeps items, or something of them.
fn keeper_in_front<'j>(job: &'j Job, node: &Node) -> Option<&'j Node> {
    node.inputs.iter().find_map(|input| {
        let before = job.node(*input)?;
        let keeps = match &before.kind {
            Kind::Aggregate(_)
            | Kind::Asking(_)
            | Kind::Batch(..)
            | Kind::Join(_)
            | Kind::UpdateState(_)
            | Kind::Passing(Passing::Repartition { .. }) => true,
            Kind::Reserved { operator, .. } => operator.keeps != Keeps::Nothing,
            _ => before.trigger.is_some(),
        };
        if keeps {
            Some(before)
        } else {
            keeper_in_front(job, before)
        }
    })
}
