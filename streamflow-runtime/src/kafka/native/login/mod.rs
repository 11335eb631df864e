//! Logs on to a broker with a user and a password.

mod plain;
#[cfg(feature = "tls")]
mod scram;

use std::fmt;

use super::connection::{Connection, Frame, Trouble};
use super::protocol::{
    Api, read_authenticate, read_handshake, write_authenticate, write_handshake,
};
use super::security::{Properties, given};
use crate::error::Error;
use crate::kafka::failures;

/// Who logs on, and how.
#[derive(Clone)]
pub(super) struct Login {
    mechanism: Mechanism,
    user: String,
    password: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mechanism {
    Plain,
    #[cfg(feature = "tls")]
    Scram(scram::Hash),
}

/// The error code of a broker that knows another user, or another password.
const AUTHENTICATION_FAILED: i16 = 58;

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The user is a secret too: see `config::properties`.
        f.debug_struct("Login")
            .field("mechanism", &self.mechanism)
            .finish_non_exhaustive()
    }
}

impl Mechanism {
    fn of(name: &str) -> Result<Self, String> {
        match name.to_ascii_uppercase().as_str() {
            "PLAIN" => Ok(Mechanism::Plain),
            #[cfg(feature = "tls")]
            "SCRAM-SHA-256" => Ok(Mechanism::Scram(scram::Hash::Sha256)),
            #[cfg(feature = "tls")]
            "SCRAM-SHA-512" => Ok(Mechanism::Scram(scram::Hash::Sha512)),
            _ => Err(format!("`sasl.mechanism` is `{name}`")),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Mechanism::Plain => "PLAIN",
            #[cfg(feature = "tls")]
            Mechanism::Scram(hash) => hash.mechanism(),
        }
    }
}

impl Login {
    /// Reads the properties; why only librdkafka can log on with them, if so.
    pub(super) fn of(properties: &Properties) -> Result<Self, String> {
        let named = given(properties, "sasl.mechanism");
        let named = named.or_else(|| given(properties, "sasl.mechanisms"));
        // As librdkafka has it.
        let mechanism = Mechanism::of(named.unwrap_or("GSSAPI"))?;
        let user = given(properties, "sasl.username");
        let password = given(properties, "sasl.password");
        let (Some(user), Some(password)) = (user, password) else {
            return Err("`sasl.username` or `sasl.password` is missing".to_owned());
        };
        Ok(Login {
            mechanism,
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }

    /// Logs on over a connection that has just been made.
    pub(super) fn log_on(&self, connection: &mut Connection) -> Result<(), Trouble> {
        self.agree(connection)?;
        match self.mechanism {
            Mechanism::Plain => {
                let message = plain::message(&self.user, &self.password);
                exchange(connection, &message).map(drop)
            }
            #[cfg(feature = "tls")]
            Mechanism::Scram(hash) => {
                let first = scram::First::new(hash, &self.user);
                let first = first.map_err(|why| refused(connection, Some(why)))?;
                let challenge = exchange(connection, first.message())?;
                let last = first.answer(&self.password, &challenge);
                let last = last.map_err(|why| refused(connection, Some(why)))?;
                let answer = exchange(connection, last.message())?;
                last.check(&answer)
                    .map_err(|why| refused(connection, Some(why)))
            }
        }
    }

    fn agree(&self, connection: &mut Connection) -> Result<(), Trouble> {
        let name = self.mechanism.name();
        let mut frame = Frame::default();
        let version = connection.version(Api::Handshake)?;
        let correlation =
            connection.send(Api::Handshake, version, |out| write_handshake(out, name))?;
        connection.receive(correlation, &mut frame)?;
        let handshake = read_handshake(frame.bytes())
            .map_err(|malformed| connection.malformed(Api::Handshake, malformed))?;
        if handshake.error == 0 {
            return Ok(());
        }
        let known = handshake.mechanisms.join(", ");
        let why = format!("it does not know {name}, but {known}");
        Err(refused(connection, Some(&why)))
    }
}

/// Sends a message of the mechanism; gives the broker's.
fn exchange(connection: &mut Connection, message: &[u8]) -> Result<Vec<u8>, Trouble> {
    let mut frame = Frame::default();
    let correlation = connection.send(Api::Authenticate, 0, |out| {
        write_authenticate(out, message);
    })?;
    connection.receive(correlation, &mut frame)?;
    let answer = read_authenticate(frame.bytes())
        .map_err(|malformed| connection.malformed(Api::Authenticate, malformed))?;
    match answer.error {
        0 => Ok(answer.answer.to_vec()),
        AUTHENTICATION_FAILED => Err(refused(connection, answer.reason)),
        code => Err(connection.refused(Api::Authenticate, code)),
    }
}

/// The broker does not let us in.
fn refused(connection: &Connection, why: Option<&str>) -> Trouble {
    let what = match why {
        Some(why) => format!("a broker refused the login: {why}"),
        None => "a broker refused the login".to_owned(),
    };
    let error: Error = failures::of_broker(what, AUTHENTICATION_FAILED);
    Trouble::Refused(error.at(connection.address()))
}
