//! Logs on to a broker, with a user and a password or with a token.

#[cfg(feature = "tls")]
mod oauthbearer;
mod plain;
#[cfg(feature = "tls")]
mod scram;

use std::fmt;
#[cfg(feature = "tls")]
use std::sync::Arc;
use std::time::Duration;

use super::connection::{Connection, Frame, Trouble};
use super::protocol::{
    Api, read_authenticate, read_handshake, write_authenticate, write_handshake,
};
use super::security::{Properties, given};
use crate::error::Error;
use crate::kafka::failures;
#[cfg(feature = "tls")]
use crate::kafka::oauth::{NoToken, Tokens};

/// Who logs on, and how.
#[derive(Clone)]
pub(super) struct Login(How);

#[derive(Clone)]
enum How {
    Plain(User),
    #[cfg(feature = "tls")]
    Scram(scram::Hash, User),
    #[cfg(feature = "tls")]
    OauthBearer(Arc<Tokens>),
}

#[derive(Clone)]
struct User {
    name: String,
    password: String,
}

/// The error code of a broker that knows another user, or another password.
const AUTHENTICATION_FAILED: i16 = 58;

/// The error code of a broker that does not know the mechanism.
const UNSUPPORTED_MECHANISM: i16 = 33;

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The user is a secret too: see `config::properties`.
        f.debug_struct("Login")
            .field("mechanism", &self.mechanism())
            .finish_non_exhaustive()
    }
}

impl Login {
    /// Reads the properties; why only librdkafka can log on with them, if so.
    pub(super) fn of(properties: &Properties) -> Result<Self, String> {
        let named = given(properties, "sasl.mechanism");
        let named = named.or_else(|| given(properties, "sasl.mechanisms"));
        // As librdkafka has it.
        let named = named.unwrap_or("GSSAPI");
        let how = match named.to_ascii_uppercase().as_str() {
            "PLAIN" => User::of(properties).map(How::Plain),
            #[cfg(feature = "tls")]
            "SCRAM-SHA-256" => {
                User::of(properties).map(|user| How::Scram(scram::Hash::Sha256, user))
            }
            #[cfg(feature = "tls")]
            "SCRAM-SHA-512" => {
                User::of(properties).map(|user| How::Scram(scram::Hash::Sha512, user))
            }
            #[cfg(feature = "tls")]
            "OAUTHBEARER" => Tokens::of(properties)
                .map(How::OauthBearer)
                .map_err(|error| error.to_string()),
            _ => Err(format!("`sasl.mechanism` is `{named}`")),
        };
        how.map(Login)
    }

    fn mechanism(&self) -> &'static str {
        match self.0 {
            How::Plain(_) => "PLAIN",
            #[cfg(feature = "tls")]
            How::Scram(hash, _) => hash.mechanism(),
            #[cfg(feature = "tls")]
            How::OauthBearer(_) => "OAUTHBEARER",
        }
    }

    /// Logs on over a connection; gives how long that is good for, where it is not for as long as
    /// the connection.
    pub(super) fn log_on(&self, connection: &mut Connection) -> Result<Option<Duration>, Trouble> {
        match &self.0 {
            How::Plain(User { name, password }) => {
                self.agree(connection)?;
                let message = plain::message(name, password);
                self.exchange(connection, &message).map(|it| it.session)
            }
            #[cfg(feature = "tls")]
            How::Scram(hash, user) => self.scram(connection, *hash, user),
            #[cfg(feature = "tls")]
            How::OauthBearer(tokens) => self.oauthbearer(connection, tokens),
        }
    }

    #[cfg(feature = "tls")]
    fn scram(
        &self,
        connection: &mut Connection,
        hash: scram::Hash,
        User { name, password }: &User,
    ) -> Result<Option<Duration>, Trouble> {
        self.agree(connection)?;
        let first = scram::First::new(hash, name);
        let first = first.map_err(|why| self.refused(connection, Some(why)))?;
        let challenge = self.exchange(connection, first.message())?;
        let last = first.answer(password, &challenge.answer);
        let last = last.map_err(|why| self.refused(connection, Some(why)))?;
        let said = self.exchange(connection, last.message())?;
        last.check(&said.answer)
            .map_err(|why| self.refused(connection, Some(why)))?;
        Ok(said.session)
    }

    #[cfg(feature = "tls")]
    fn oauthbearer(
        &self,
        connection: &mut Connection,
        tokens: &Tokens,
    ) -> Result<Option<Duration>, Trouble> {
        // Before the broker waits for it.
        let token = tokens.current(connection.answer_within());
        let token = token.map_err(|none| match none {
            NoToken::Unreachable(error) => Trouble::Lost(error.one_line()),
            NoToken::Refused(error) => Trouble::Refused(error),
        })?;
        self.agree(connection)?;
        let said = self.exchange(connection, &oauthbearer::message(&token))?;
        if said.answer.is_empty() {
            return Ok(said.session);
        }
        let why = oauthbearer::refusal(&said.answer);
        // What follows says once more that it has failed, or the connection ends.
        drop(self.exchange(connection, oauthbearer::HEARD));
        Err(self.refused(connection, Some(&why)))
    }

    fn agree(&self, connection: &mut Connection) -> Result<(), Trouble> {
        let name = self.mechanism();
        let mut frame = Frame::default();
        let version = connection.version(Api::Handshake)?;
        let correlation =
            connection.send(Api::Handshake, version, |out| write_handshake(out, name))?;
        connection.receive(correlation, &mut frame)?;
        let handshake = read_handshake(frame.bytes())
            .map_err(|malformed| connection.malformed(Api::Handshake, malformed))?;
        match handshake.error {
            0 => Ok(()),
            UNSUPPORTED_MECHANISM => {
                let known = handshake.mechanisms.join(", ");
                let why = format!("it does not know {name}, but {known}");
                Err(self.refused(connection, Some(&why)))
            }
            code => Err(connection.refused(Api::Handshake, code)),
        }
    }

    /// Sends a message of the mechanism; gives the broker's.
    fn exchange(&self, connection: &mut Connection, message: &[u8]) -> Result<Said, Trouble> {
        let mut frame = Frame::default();
        let version = connection.version(Api::Authenticate)?;
        let correlation = connection.send(Api::Authenticate, version, |out| {
            write_authenticate(out, message);
        })?;
        connection.receive(correlation, &mut frame)?;
        let answer = read_authenticate(version, frame.bytes())
            .map_err(|malformed| connection.malformed(Api::Authenticate, malformed))?;
        match answer.error {
            0 => Ok(Said {
                answer: answer.answer.to_vec(),
                session: session(answer.session_ms),
            }),
            AUTHENTICATION_FAILED => Err(self.refused(connection, answer.reason)),
            code => Err(connection.refused(Api::Authenticate, code)),
        }
    }

    /// The broker does not let us in.
    fn refused(&self, connection: &Connection, why: Option<&str>) -> Trouble {
        let mechanism = self.mechanism();
        let what = match why {
            Some(why) => format!("a broker refused the login with {mechanism}: {why}"),
            None => format!("a broker refused the login with {mechanism}"),
        };
        let error: Error = failures::of_broker(what, AUTHENTICATION_FAILED);
        let error = error.at(connection.address());
        #[cfg(feature = "tls")]
        if let How::OauthBearer(_) = self.0 {
            return Trouble::Refused(error.help(failures::TOKEN_NOT_TAKEN));
        }
        Trouble::Refused(error)
    }
}

impl User {
    fn of(properties: &Properties) -> Result<Self, String> {
        let name = given(properties, "sasl.username");
        let password = given(properties, "sasl.password");
        let (Some(name), Some(password)) = (name, password) else {
            return Err("`sasl.username` or `sasl.password` is missing".to_owned());
        };
        Ok(User {
            name: name.to_owned(),
            password: password.to_owned(),
        })
    }
}

/// What a broker says to a message of the mechanism.
struct Said {
    #[cfg_attr(
        not(feature = "tls"),
        expect(dead_code, reason = "PLAIN has one message only")
    )]
    answer: Vec<u8>,
    session: Option<Duration>,
}

fn session(ms: i64) -> Option<Duration> {
    u64::try_from(ms)
        .ok()
        .filter(|ms| *ms > 0)
        .map(Duration::from_millis)
}
