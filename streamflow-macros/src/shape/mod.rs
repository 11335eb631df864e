//! Layouts of state at compile time: the words of `streamflow.lock` as a type to compare with.
//!
//! `derive(State)` and the lock must come to the same type for the same words. For a type of the
//! user's that is `Named<NAMES, (Parts…)>`: a number for its name and those in it, and the types
//! in it in their order.

mod read;

pub(crate) use read::{Locked, of_state};

/// What is inside a struct or a variant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// Fields of these names.
    Named(Vec<String>),
    /// So many without names.
    Unnamed(usize),
}

/// The number for a struct.
pub(crate) fn names_of_struct(name: &str, body: &Body) -> u64 {
    hash(&one(name, body))
}

/// The number for an enum.
pub(crate) fn names_of_enum(name: &str, variants: &[(String, Body)]) -> u64 {
    let variants: Vec<String> = variants
        .iter()
        .map(|(name, body)| one(name, body))
        .collect();
    hash(&format!("enum {name} {{{}}}", variants.join(",")))
}

/// The number for a type that goes by its name.
pub(crate) fn name_alone(name: &str) -> u64 {
    hash(&format!("type {name}"))
}

fn one(name: &str, body: &Body) -> String {
    match body {
        Body::Named(fields) => format!("{name}{{{}}}", fields.join(",")),
        Body::Unnamed(parts) => format!("{name}({parts})"),
    }
}

/// FNV-1a: the same on every machine, and long enough that no slip meets another's number.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
