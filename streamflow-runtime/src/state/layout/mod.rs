//! Finds out how a type is laid out in a checkpoint, `Totals { visits: u64, spent: f64 }`, without
//! a value of it.
//!
//! The type's own `Deserialize` is asked: it is given made-up values, and what it asks for is noted
//! ([`probe`]). A type that can be several things, an enum or an `Option`, is toured until all of
//! them have been seen ([`node`]). What refuses every made-up value goes by its name.

mod access;
mod node;
mod probe;

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::de::DeserializeOwned;

use crate::panics;
use node::{Node, Tour};
use probe::Probe;

/// How often a type is toured at most. Each tour sees something new, so only a type of very many
/// variants comes near; its last ones then go by their names.
const TOURS: usize = 2_000;

/// The layout of a type, in words. The same type gives the same words in every process.
pub(crate) fn of<T: DeserializeOwned>() -> String {
    let mut root = Node::default();
    // A type that panics at a made-up value would do so at every start of the job.
    let _quiet = panics::caught_here();
    for _ in 0..TOURS {
        let tour = Tour::default();
        let read = catch_unwind(AssertUnwindSafe(|| {
            T::deserialize(Probe::new(&mut root, &tour))
        }));
        let Ok(read) = read else {
            break;
        };
        root.learn_from(&read, &tour);
        if !tour.has_news() {
            break;
        }
    }
    root.name_if_unknown::<T>();
    root.to_string()
}

#[cfg(test)]
mod tests;
