//! The operators of the language, for readers and for editors.
//!
//! `stream_job!` compiles a job into loops, and nothing here is part of them. In an editor it
//! writes the job as calls of these functions instead, each at the word in the job: so a word has
//! its documentation and its signature, and a closure has the types that reach it, in jobs that
//! are not finished too. The streams that they take and give hold nothing.
//!
//! [`from`](mod@from) has the sources, [`to`] the sinks behind `to`, [`stream`] what the signatures
//! speak of.

#![expect(
    unused_variables,
    clippy::needless_pass_by_value,
    reason = "a signature is all that each of these functions is for"
)]

mod aggregates;
mod asking;
mod each;
pub mod from;
mod joins;
mod ordered;
mod process;
mod routes;
pub mod stream;
pub mod to;
mod update;

pub use aggregates::*;
pub use asking::*;
pub use each::*;
pub use joins::*;
pub use ordered::*;
pub use process::*;
pub use routes::*;
pub use update::*;
