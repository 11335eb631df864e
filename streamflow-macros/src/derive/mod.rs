//! `#[derive(Key)]` and `#[derive(State)]`: types of the user's in keyed and locked state.

mod attributes;
mod key;
mod state;

pub(crate) use key::derive as key;
pub(crate) use state::derive as state;
