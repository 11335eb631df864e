//! OAUTHBEARER: a token endpoint says who a job is, and brokers believe its tokens.
//!
//! ```text
//!                  ┌───────────── kept, fetched anew at 80 % of its life ──────────────┐
//! token endpoint ──┤                                                                   ├── brokers
//!                  └► `current`, by connections of our own; `pass_on` to librdkafka's ─┘
//! ```
//!
//! `grant` reads the properties, `endpoint` asks for a token, `token` reads what comes, and `tokens`
//! keeps it. librdkafka is built without an HTTP client: `librdkafka` gives it the same tokens.

mod endpoint;
mod grant;
mod librdkafka;
mod token;
mod tokens;

pub(super) use grant::{is_asked_for, is_read_here};
pub(super) use librdkafka::give;
pub(super) use token::Token;
pub(super) use tokens::{NoToken, Tokens};

use std::sync::Arc;

use crate::config::RunConfig;
use crate::error::Result;

/// The tokens of a run, where it logs on with some; fails if the properties do not say how to get
/// them.
pub(super) fn of(config: &RunConfig) -> Result<Option<Arc<Tokens>>> {
    if !is_asked_for(config) {
        return Ok(None);
    }
    Tokens::of(&config.properties).map(Some)
}
