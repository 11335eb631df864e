//! Finds out, before anything is read, whether the brokers can be read from here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Settings;
use super::connection::{Connection, Trouble};
use super::protocol::Api;
use super::stop::Stop;
use crate::error::Error;

/// The longest that the brokers together are waited for: whether one answers at all is found out
/// elsewhere.
const WITHIN: Duration = Duration::from_secs(3);

/// What a broker has that librdkafka may be able to deal with, and this client is not; nothing
/// where no broker answers, which may pass.
pub(in crate::kafka) fn in_the_way(settings: &Settings) -> Option<Error> {
    let begun = Instant::now();
    for (host, port) in &settings.bootstrap {
        let left = WITHIN.checked_sub(begun.elapsed())?;
        let hasty = Settings {
            connect_within: left.min(settings.connect_within),
            answer_within: left.min(settings.answer_within),
            ..settings.clone()
        };
        match try_one((host, *port), &hasty) {
            Err(Trouble::Foreign(error)) => return Some(error),
            // Another broker may be up. Whom this one does not let in, it lets in nowhere else.
            Err(Trouble::Lost(_)) => {}
            Ok(()) | Err(Trouble::Refused(_)) => return None,
        }
    }
    None
}

fn try_one(address: (&str, u16), settings: &Settings) -> Result<(), Trouble> {
    let connection = Connection::open(address, settings, &Arc::<Stop>::default())?;
    connection.version(Api::Metadata)?;
    connection.version(Api::Fetch).map(drop)
}
