//! Rules about state and its names.

use std::collections::BTreeSet;

use crate::diagnostics::Diagnostics;
use crate::model::Job;

/// A checkpoint finds state by its name.
pub(super) fn state_names_are_unique(job: &Job, diagnostics: &mut Diagnostics) {
    let mut seen = BTreeSet::new();
    for name in job.nodes.iter().filter_map(|node| node.name.as_ref()) {
        if !seen.insert(name.to_string()) {
            diagnostics
                .error(
                    name.span(),
                    format!("two stages keep state under the name `{name}`"),
                )
                .help(format!(
                    "checkpoints find state by its name: write `as {name}_2` here"
                ));
        }
    }
}
