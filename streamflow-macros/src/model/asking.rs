//! Stages that ask something about each item, and wait for many answers at a time.

use proc_macro2::Span;

use crate::closure::Function;

/// `map_async` or `lookup`.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) about: About,
    /// Gives a future of the answer.
    pub(crate) function: Function,
}

/// What is asked about, and where the answer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// An item, whose place the answer takes: `map_async`.
    Item,
    /// A key: the answer stands beside its value, and may be remembered: `lookup`.
    Key,
}

/// What the clauses say about answers.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Answers {
    /// How many are waited for at a time.
    pub(crate) concurrency: Option<u64>,
    /// How long each is waited for.
    pub(crate) timeout_ms: Option<u64>,
    /// The word `unordered`: items go on in the order of their answers.
    pub(crate) unordered: Option<Span>,
    /// How many are remembered.
    pub(crate) cache: Option<u64>,
}
