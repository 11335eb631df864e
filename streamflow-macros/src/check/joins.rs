//! Rules about joins of two streams.

use super::Checked;
use crate::diagnostics::Diagnostics;
use crate::model::{Health, Kind, Node, NodeId, Window, WindowKind};

/// A window that ends with an item is of one stream.
pub(super) fn windows_are_of_both_streams(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        let Some(window) = &node.keeping.window else {
            continue;
        };
        let ends_with_items = matches!(window.kind, WindowKind::Sliding | WindowKind::Rows);
        if !ends_with_items || !matches!(node.kind, Kind::Join(_)) || node.health != Health::Sound {
            continue;
        }
        let (word, kind) = (&node.word, window.kind.word());
        diagnostics
            .error(
                window.word,
                format!(
                    "a `{kind}` window ends with each item of one stream, and `{word}` has two"
                ),
            )
            .help(format!(
                "items that are near each other in time: `{}`",
                within(node, window)
            ));
        unfit.push(NodeId(at));
    }
    unfit
}

/// The join of items that are as near to each other as those of a window.
fn within(node: &Node, window: &Window) -> String {
    let (stage, _) = node.text.rsplit_once(" over ").unwrap_or((&node.text, ""));
    let near = match window.kind {
        WindowKind::Rows => "1m".to_owned(),
        _ => crate::units::shown(window.size),
    };
    let name = node.name.as_ref();
    let name = name.map(|name| format!(" as {name}")).unwrap_or_default();
    format!("{stage} within -{near}..+{near}{name}")
}
