//! Finds out, before anything is read or sent, whether that can be done with the brokers from here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Settings;
use super::connection::{Connection, Trouble};
use super::protocol::Api;
use super::sending;
use super::stop::Stop;
use crate::batch::Codec;
use crate::error::Error;

/// The longest that the brokers together are waited for: whether one answers at all is found out
/// elsewhere.
const WITHIN: Duration = Duration::from_secs(3);

/// What a broker has that librdkafka may be able to deal with, and this client is not.
#[derive(Debug, Default)]
pub(in crate::kafka) struct InTheWay {
    pub(in crate::kafka) reading: Option<Error>,
    pub(in crate::kafka) sending: Option<Error>,
}

/// What is in the way of reading, and of sending batches that are packed in this way; nothing where
/// no broker answers, which may pass.
pub(in crate::kafka) fn in_the_way(settings: &Settings, codec: Codec) -> InTheWay {
    let begun = Instant::now();
    for (host, port) in &settings.bootstrap {
        let Some(left) = WITHIN.checked_sub(begun.elapsed()) else {
            break;
        };
        let hasty = Settings {
            connect_within: left.min(settings.connect_within),
            answer_within: left.min(settings.answer_within),
            ..settings.clone()
        };
        match Connection::open((host, *port), &hasty, &Arc::<Stop>::default()) {
            Ok(connection) => {
                return InTheWay {
                    reading: foreign(can_read(&connection)),
                    sending: foreign(can_send(&connection, codec)),
                };
            }
            // Another broker may be up. Whom this one does not let in, it lets in nowhere else.
            Err(Trouble::Lost(_)) => {}
            Err(Trouble::Refused(_)) => break,
            Err(Trouble::Foreign(error)) => {
                return InTheWay {
                    reading: Some(error.told_again()),
                    sending: Some(error),
                };
            }
        }
    }
    InTheWay::default()
}

fn foreign(can: Result<(), Trouble>) -> Option<Error> {
    match can {
        Err(Trouble::Foreign(error)) => Some(error),
        Ok(()) | Err(Trouble::Lost(_) | Trouble::Refused(_)) => None,
    }
}

fn can_read(connection: &Connection) -> Result<(), Trouble> {
    connection.version(Api::Metadata)?;
    connection.version(Api::Fetch).map(drop)
}

fn can_send(connection: &Connection, codec: Codec) -> Result<(), Trouble> {
    connection.version(Api::Metadata)?;
    connection.version(Api::ProducerId)?;
    sending::version(connection, codec).map(drop)
}
