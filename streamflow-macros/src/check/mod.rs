//! Model → mistakes, and nothing else: one function per rule, named for what it demands.

mod delivery;
mod keys;
mod lock;
mod shape;
mod state;

use std::collections::BTreeSet;

use crate::diagnostics::Diagnostics;
use crate::model::{Job, NodeId};

/// Checks every rule that needs no types; the rest is left to the Rust compiler.
///
/// Gives the stages whose types do not fit: the Rust compiler would say so a second time.
pub(crate) fn job(job: &Job, diagnostics: &mut Diagnostics) -> BTreeSet<NodeId> {
    shape::jobs_have_pipelines(job, diagnostics);
    shape::pipelines_end_in_sinks(job, diagnostics);
    shape::first_rows_belong_to_intervals(job, diagnostics);
    state::state_names_are_unique(job, diagnostics);
    lock::locked_states_are_kept(job, diagnostics);
    delivery::policies_need_something_that_can_fail(job, diagnostics);
    let unfit = keys::keyed_operators_need_pairs(job, diagnostics);
    shape::named_streams_are_used(job, diagnostics);
    unfit
}
