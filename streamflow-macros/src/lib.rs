//! The compiler behind `stream_job!`: the phases in order.
//!
//! `tokens → syntax → model → plan → tokens`. Each phase is a module named for what it does;
//! mistakes are collected on the way, and reported together. Behind `check` nothing can fail.

mod check;
mod closure;
mod diagnostics;
mod emit;
mod key;
mod lower;
mod model;
mod operators;
mod parse;
mod plan;
mod resolve;
mod span;
mod suggest;
mod support;
mod syntax;
mod text;
mod units;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;

/// Compiles a streaming job.
///
/// The facade crate `streamflow` re-exports this macro and documents the language.
#[proc_macro]
pub fn stream_job(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(input.into()).into()
}

/// Makes a type a key: it can then be what `reduce_by_key` and its relatives group by.
///
/// The type must also be `Clone + Hash + Eq + Serialize + DeserializeOwned`.
#[proc_macro_derive(Key)]
pub fn derive_key(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    key::derive(input.into()).into()
}

/// The compiler: whoever reads this function knows the phases.
fn expand(input: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let program = parse::program(input, &mut diagnostics);
    let mut model = resolve::program(&program, &mut diagnostics);
    let unfit = check::job(&model, &mut diagnostics);
    support::check(std::mem::take(&mut model.later), &mut diagnostics);
    let plan = lower::job(&model, &unfit);
    emit::job(&plan, diagnostics)
}
