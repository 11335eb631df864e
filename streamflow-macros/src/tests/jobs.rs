//! A corpus of whole jobs, each with three snapshots: its syntax, its plan, its expansion.

use std::collections::BTreeSet;
use std::path::Path;

use quote::quote;

use super::{diagnostics, printout, tokens};
use crate::audience::Audience;
use crate::diagnostics::Diagnostics;
use crate::model::Form;
use crate::{expand, lower, parse, resolve};

macro_rules! jobs {
    ($($name:ident)*) => {
        /// The jobs that have a test.
        const TESTED: &[&str] = &[$(stringify!($name)),*];

        $(
            #[test]
            fn $name() {
                snapshots(
                    stringify!($name),
                    include_str!(concat!("jobs/", stringify!($name), ".job")),
                );
            }
        )*
    };
}

jobs! {
    aggregate_by_key
    changed_state
    event_time
    flattening
    interval_joins
    item_form
    joins
    keyed_reducers
    keys_and_values
    keys_that_borrow
    leaving_closures
    print_rows
    refused
    scoped_names
    seed_averages
    seed_counts
    shared_source
    single_aggregates
    sinks
    sources
    tables
    try_map_or_skip
    union_and_tee
    update_state
    with_window
}

#[test]
fn every_job_file_has_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/jobs");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder of jobs")
        .filter_map(|entry| entry.ok()?.path().file_stem()?.to_str().map(str::to_owned))
        .collect();
    assert_eq!(files, TESTED.iter().map(ToString::to_string).collect());
}

fn snapshots(name: &str, job: &str) {
    assert_eq!(diagnostics(job).list(), [], "the job has no mistakes");
    let mut none = Diagnostics::default();
    let program = parse::program(tokens(job), &mut none);
    let model = resolve::program(&program, &mut none);
    let plan = lower::job(&model, &BTreeSet::new());

    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::assert_snapshot!(format!("{name}.syntax"), printout::syntax(&program));
        insta::assert_snapshot!(format!("{name}.plan"), printout::plan(&plan));
        insta::assert_snapshot!(format!("{name}.expansion"), expansion(job, plan.form));
    });
}

/// The expansion as a careful person would have written it.
fn expansion(job: &str, form: &Form) -> String {
    let expanded = expand(tokens(job), Audience::Compiler);
    let items = match form {
        Form::Expression { .. } => quote!(fn job() -> Job { #expanded }),
        Form::Item { .. } => expanded,
    };
    prettyplease::unparse(&syn::parse2(items).expect("the expansion is Rust"))
}
