//! The compiler behind `stream_job!`: the phases in order.
//!
//! `tokens → syntax → model → plan → tokens`. Each phase is a module named for what it does;
//! mistakes are collected on the way, and reported together. Behind `check` nothing can fail.

mod audience;
mod check;
mod closure;
mod derive;
mod diagnostics;
mod editor;
mod emit;
mod lock;
mod lower;
mod model;
mod operators;
mod parse;
mod plan;
mod resolve;
mod shape;
mod span;
mod stream_test;
mod suggest;
mod support;
mod syntax;
mod text;
mod units;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::audience::Audience;
use crate::diagnostics::Diagnostics;

/// Compiles a streaming job.
///
/// The facade crate `streamflow` re-exports this macro and documents the language.
#[proc_macro]
pub fn stream_job(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(input.into(), Audience::of_this_process()).into()
}

/// Makes a type a key: it can then be what `reduce_by_key` and its relatives group by.
///
/// The type must also be `Clone + Hash + Eq + Serialize + DeserializeOwned`.
#[proc_macro_derive(Key)]
pub fn derive_key(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive::key(input.into()).into()
}

/// Makes the layout of a type known to the compiler: state of it can then be locked in
/// `streamflow.lock`.
///
/// Its fields are numbers, texts, lists, maps, tuples, `Option`s, and types that derive `State`.
/// A field whose type comes from another crate is told by the name of that type where
/// `#[state(by_name)]` stands on it.
///
/// Names follow `#[serde(rename = "…")]`, fields with `#[serde(skip)]` are left out; what other
/// attributes of serde make of a type is checked when a checkpoint is opened.
#[proc_macro_derive(State, attributes(serde, state))]
pub fn derive_state(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive::state(input.into()).into()
}

/// Makes a function a test of a job: like `#[test]`, and with `crash = every` it is run once
/// undisturbed, and then once for each step of the job, at which the job crashes and is begun again
/// from its last checkpoint. See `streamflow::testing::crash_everywhere`.
#[proc_macro_attribute]
pub fn stream_test(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    stream_test::test(arguments.into(), &item.into()).into()
}

/// The compiler: whoever reads this function knows the phases.
fn expand(input: TokenStream, audience: Audience) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let program = parse::program(input.clone(), &mut diagnostics);
    let mut model = resolve::program(&program, &mut diagnostics);
    model.lock = lock::of_job(model.form.name());
    let unfit = check::job(&model, &mut diagnostics);
    support::check(std::mem::take(&mut model.later), &mut diagnostics);
    match audience {
        Audience::Compiler => emit::job(&lower::job(&model, &unfit), diagnostics),
        Audience::Editor => emit::sketch(&model.form, &editor::statements(input), diagnostics),
    }
}
