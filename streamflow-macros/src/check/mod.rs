//! Model → mistakes, and nothing else: one function per rule, named for what it demands.

mod borrowed;
mod delivery;
mod flow;
mod guarantee;
mod items;
mod joins;
mod kinds;
mod lock;
mod names;
mod passing;
mod secrets;
mod shape;
mod state;
mod tables;
mod time;
mod windows;

use std::collections::BTreeSet;

use crate::diagnostics::Diagnostics;
use crate::model::{Job, NodeId};
pub(crate) use delivery::{can_fail, leaves_by_try};
use flow::Flows;

/// What a rule looks at.
#[derive(Clone, Copy)]
struct Checked<'a> {
    job: &'a Job,
    /// What leaves each stage.
    flows: &'a Flows,
}

type Rule = fn(Checked<'_>, &mut Diagnostics) -> Vec<NodeId>;

/// The rules that need no types, in the order in which they are asked. Each gives the stages whose
/// types do not fit either: the Rust compiler would say so a second time.
const RULES: &[Rule] = &[
    shape::jobs_have_pipelines,
    shape::pipelines_end_in_sinks,
    shape::first_rows_belong_to_intervals,
    kinds::tables_meet_streams_in_joins,
    kinds::aggregates_take_streams,
    kinds::append_only_sinks_take_no_changes,
    kinds::changes_stay_in_order,
    kinds::keyed_operators_need_pairs,
    kinds::numbers_are_taken_out_first,
    kinds::parameters_are_of_the_items_type,
    time::event_time_says_how_late,
    time::event_time_is_of_items_that_come_alike,
    passing::items_of_records_are_passed_on,
    time::timestamps_need_event_time,
    time::lateness_needs_event_time,
    time::event_time_windows_say_what_late_records_become,
    time::joins_in_event_time_say_what_late_items_become,
    time::joins_go_by_one_time,
    time::cogroups_take_intervals,
    time::windows_are_whole_steps,
    time::inverses_are_of_windows,
    time::joins_say_who_can_meet,
    joins::windows_are_of_both_streams,
    windows::windows_are_told_directly_behind_them,
    tables::streams_look_into_tables,
    tables::look_ups_keep_nothing,
    tables::nothing_is_late_for_a_table,
    tables::moments_are_told_on_both_sides,
    borrowed::kept_values_are_owned,
    state::state_names_are_unique,
    state::lasting_state_is_bounded,
    state::emptied_state_needs_no_bound,
    state::top_is_of_intervals,
    state::lasting_state_has_a_name,
    lock::locked_states_are_kept,
    delivery::policies_need_something_that_can_fail,
    delivery::retries_are_of_functions,
    delivery::default_takes_the_place_of_a_value,
    delivery::failures_are_not_lost,
    guarantee::sources_can_be_read_again,
    guarantee::sinks_can_take_back,
    guarantee::one_sink_is_the_commit_point,
    guarantee::closures_give_the_same_again,
    secrets::secrets_stand_outside,
    names::named_streams_are_used,
];

/// Checks every rule that needs no types; the rest is left to the Rust compiler.
///
/// Gives the stages whose types do not fit.
pub(crate) fn job(job: &Job, diagnostics: &mut Diagnostics) -> BTreeSet<NodeId> {
    let flows = Flows::of(job);
    let checked = Checked { job, flows: &flows };
    RULES
        .iter()
        .flat_map(|rule| rule(checked, diagnostics))
        .collect()
}
