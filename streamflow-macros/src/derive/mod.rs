//! `#[derive(Key)]` and `#[derive(State)]`: types of the user's in keyed and locked state.

mod key;
mod serde;
mod state;

pub(crate) use key::derive as key;
pub(crate) use state::derive as state;
