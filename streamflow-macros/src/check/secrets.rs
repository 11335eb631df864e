//! No secret stands in a job.

use super::Checked;
use crate::diagnostics::Diagnostics;
use crate::model::NodeId;

/// A literal in a job is part of the binary, and of what `explain` shows.
pub(super) fn secrets_stand_outside(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for secret in &job.secrets {
        diagnostics
            .error(
                secret.span,
                format!(
                    "this looks like {}, and would stand in the binary",
                    secret.what
                ),
            )
            .help(
                "give it from outside: `-X 'sasl.password=${file:PATH}'`, or the environment, or \
                 `streamflow.toml`",
            );
    }
    Vec::new()
}
