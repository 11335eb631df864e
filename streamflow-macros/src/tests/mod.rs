//! The compiler on whole jobs, without `rustc`: what it reads, plans and emits, and what it says
//! about mistakes.

mod book;
mod editors;
mod elsewhere;
mod jobs;
mod mistakes;
mod printout;
mod table;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;
use crate::{check, parse, resolve};

/// The tokens of a job as it stands in a file.
fn tokens(job: &str) -> TokenStream {
    job.parse().expect("the test's job is made of Rust tokens")
}

/// Everything the compiler says about a job.
fn diagnostics(job: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let program = parse::program(tokens(job), &mut diagnostics);
    let model = resolve::program(&program, &mut diagnostics);
    check::job(&model, &mut diagnostics);
    diagnostics
}
