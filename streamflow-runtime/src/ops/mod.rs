//! The operators of the language, for readers and for editors.
//!
//! `stream_job!` compiles a job into loops, and nothing here is part of them. In an editor it
//! writes the job as calls of these functions instead, each at the word in the job: so a word has
//! its documentation and its signature, and a closure has the types that reach it, in jobs that
//! are not finished too. Every function gives a [`Stream`], which holds nothing.
//!
//! [`from`](mod@from) has the sources, [`to`] the sinks behind `to`.

#![expect(
    unused_variables,
    clippy::needless_pass_by_value,
    reason = "a signature is all that each of these functions is for"
)]

mod aggregates;
mod each;
pub mod from;
mod routes;
pub mod to;

use std::marker::PhantomData;

pub use aggregates::*;
pub use each::*;
pub use routes::*;

/// A stream of items, as the signatures of operators speak of it.
#[derive(Debug)]
pub struct Stream<T>(PhantomData<fn() -> T>);

impl<T> Stream<T> {
    /// A stream of items of this type.
    pub(crate) const fn new() -> Self {
        Stream(PhantomData)
    }
}

impl<T> Copy for Stream<T> {}

impl<T> Clone for Stream<T> {
    fn clone(&self) -> Self {
        *self
    }
}
