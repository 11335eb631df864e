//! One connection to a broker: requests go out, responses come in, both in frames.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::login::Login;
use super::protocol::{Api, ApiVersions, write_header};
use super::security::Security;
use super::settings::Settings;
use super::stop::{Stop, Watched};
use super::transport::Transport;
use super::wire::{Malformed, Output};
use crate::error::{Code, Error};

/// A response larger than this is none. A broker that keeps to the limits it is told exceeds them
/// by one batch at most.
const MOST_FRAME_BYTES: usize = 512 << 20;

/// How much memory is taken before the bytes are there that a response says it has.
const AHEAD_BYTES: usize = 1 << 20;

/// Brokers do not let anybody log on twice within a second.
const AGAIN_AFTER_AT_LEAST: Duration = Duration::from_millis(1_100);

/// Why a connection is of no use any more.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It was lost, or could not be made: another one may do better.
    Lost(String),
    /// The broker refuses us, and would refuse anybody with the same settings.
    Refused(Error),
    /// The broker and this client have no language in common; librdkafka may have one with it.
    Foreign(Error),
}

/// The bytes of one response, in memory that is used again and again.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// As long as the longest response so far.
    bytes: Vec<u8>,
    length: usize,
}

/// A connection to one broker.
pub(super) struct Connection {
    stream: Transport,
    address: String,
    client_id: String,
    answer_within: Duration,
    correlation: i32,
    out: Vec<u8>,
    versions: ApiVersions,
    /// When the broker is to be shown again who we are, where it wants that.
    log_on_again_at: Option<Instant>,
    _watched: Watched,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What was sent last may have been a password.
        f.debug_struct("Connection")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects, and finds out what the broker understands.
    pub(super) fn open(
        (host, port): (&str, u16),
        settings: &Settings,
        stop: &Arc<Stop>,
    ) -> Result<Self, Trouble> {
        let address = format!("{host}:{port}");
        let failed =
            |cause: io::Error| Trouble::Lost(format!("connect to {address} failed: {cause}"));
        let stream = connect((host, port), settings.connect_within).map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let within = settings.answer_within;
        stream.set_read_timeout(Some(within)).map_err(failed)?;
        stream.set_write_timeout(Some(within)).map_err(failed)?;
        let watched = stop.watch(&stream).map_err(failed)?;
        let mut connection = Connection {
            stream: Transport::over(stream, host, &settings.security)?,
            address,
            client_id: settings.client_id.clone(),
            answer_within: within,
            correlation: 0,
            out: Vec::new(),
            versions: ApiVersions::default(),
            log_on_again_at: None,
            _watched: watched,
        };
        connection.negotiate()?;
        if let Some(login) = &settings.security.login {
            connection.log_on(login)?;
        }
        Ok(connection)
    }

    fn log_on(&mut self, login: &Login) -> Result<(), Trouble> {
        let session = login.log_on(self)?;
        let again = session.map(|session| (session / 20 * 17).max(AGAIN_AFTER_AT_LEAST));
        self.log_on_again_at = again.map(|after| Instant::now() + after);
        Ok(())
    }

    /// Logs on again where the login will soon be good no more (KIP-368). While a request is under
    /// way this must wait; a broker takes it for some time afterwards, too.
    pub(super) fn stay_logged_on(&mut self, security: &Security) -> Result<(), Trouble> {
        match (&security.login, self.log_on_again_at) {
            (Some(login), Some(at)) if at <= Instant::now() => {
                tracing::debug!("{}: logs on again", self.address);
                self.log_on(login)
            }
            _ => Ok(()),
        }
    }

    /// How long an answer may take.
    #[cfg(feature = "tls")]
    pub(super) fn answer_within(&self) -> Duration {
        self.answer_within
    }

    fn negotiate(&mut self) -> Result<(), Trouble> {
        let mut frame = Frame::default();
        let correlation = self.send(Api::Versions, 0, |_| {})?;
        self.receive(correlation, &mut frame)?;
        let versions = ApiVersions::read(frame.bytes());
        match versions.map_err(|malformed| self.malformed(Api::Versions, malformed))? {
            Ok(versions) => {
                self.versions = versions;
                Ok(())
            }
            Err(code) => {
                let what = format!("the broker does not say what it understands: error {code}");
                Err(Trouble::Lost(format!("{}: {what}", self.address)))
            }
        }
    }

    /// The version to use of a request, if there is one.
    pub(super) fn common_version(&self, api: Api) -> Option<i16> {
        match api {
            Api::Versions => Some(0),
            // It is not in question until somebody logs on, and some brokers leave it out.
            Api::Authenticate => self.versions.of(api).or(Some(0)),
            _ => self.versions.of(api),
        }
    }

    /// The version to use of a request that there is no way around.
    pub(super) fn version(&self, api: Api) -> Result<i16, Trouble> {
        self.common_version(api).ok_or_else(|| {
            let what = format!(
                "the broker understands no version of {} that streamflow knows",
                api.name()
            );
            foreign(what, &self.address)
        })
    }

    /// Lets a response take longer than others: the broker waits for records.
    pub(super) fn allow(&self, longest_wait: Duration) -> Result<(), Trouble> {
        let within = self.answer_within + longest_wait;
        self.stream
            .socket()
            .set_read_timeout(Some(within))
            .map_err(|cause| self.lost(&cause))
    }

    /// Sends a request; gives the number that its response will have.
    pub(super) fn send(
        &mut self,
        api: Api,
        version: i16,
        body: impl FnOnce(&mut Output),
    ) -> Result<i32, Trouble> {
        self.correlation = self.correlation.wrapping_add(1);
        let mut out = Output::reusing(std::mem::take(&mut self.out));
        out.i32(0);
        write_header(&mut out, api, version, self.correlation, &self.client_id);
        body(&mut out);
        let length = i32::try_from(out.len() - 4).unwrap_or(i32::MAX);
        out.patch_i32(0, length);
        self.out = out.into_bytes();
        let sent = self.stream.write_all(&self.out);
        let sent = sent.and_then(|()| self.stream.flush());
        sent.map_err(|cause| self.lost(&cause))?;
        Ok(self.correlation)
    }

    /// Waits for the response with a number: the one to the oldest request without one.
    pub(super) fn receive(&mut self, correlation: i32, frame: &mut Frame) -> Result<(), Trouble> {
        let mut front = [0; 8];
        let read = self.stream.read_exact(&mut front);
        read.map_err(|cause| self.lost(&cause))?;
        let [l0, l1, l2, l3, c0, c1, c2, c3] = front;
        let length = i32::from_be_bytes([l0, l1, l2, l3]);
        let found = i32::from_be_bytes([c0, c1, c2, c3]);
        let body = usize::try_from(length)
            .ok()
            .and_then(|it| it.checked_sub(4));
        let body = body.filter(|body| *body <= MOST_FRAME_BYTES && found == correlation);
        let Some(body) = body else {
            let what = "what came is no response of a Kafka broker";
            return Err(Trouble::Lost(format!("{}: {what}", self.address)));
        };
        let filled = frame.fill(&mut self.stream, body);
        filled.map_err(|cause| self.lost(&cause))
    }

    /// The address of the broker.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The trouble that a response is which does not have its layout.
    pub(super) fn malformed(&self, api: Api, malformed: Malformed) -> Trouble {
        Trouble::Lost(format!(
            "{}: a response to {} cannot be read: {malformed}",
            self.address,
            api.name()
        ))
    }

    /// The trouble that an error of the broker about the whole of a request is.
    pub(super) fn refused(&self, api: Api, code: i16) -> Trouble {
        let name = api.name();
        Trouble::Lost(format!("{}: error {code} to {name}", self.address))
    }

    fn lost(&self, cause: &io::Error) -> Trouble {
        let why = match cause.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                "the broker did not answer in time".to_owned()
            }
            io::ErrorKind::UnexpectedEof => "the broker closed the connection".to_owned(),
            _ => cause.to_string(),
        };
        Trouble::Lost(format!("{}: {why}", self.address))
    }
}

/// The trouble that librdkafka may not have.
pub(super) fn foreign(what: impl Into<String>, address: &str) -> Trouble {
    let error = Error::new(Code::Config, what).at(address);
    Trouble::Foreign(error.help("use librdkafka: `--source rdkafka`, `--producer rdkafka`"))
}

/// Connects to the first of a host's addresses that lets it.
fn connect(address: (&str, u16), within: Duration) -> io::Result<TcpStream> {
    let mut last = None;
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, within) {
            Ok(stream) => return Ok(stream),
            Err(cause) => last = Some(cause),
        }
    }
    let nowhere = || io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    Err(last.unwrap_or_else(nowhere))
}

impl Frame {
    /// The response.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn fill(&mut self, from: &mut impl Read, length: usize) -> io::Result<()> {
        self.length = 0;
        while self.length < length {
            if self.bytes.len() == self.length {
                // What a response says of its length is believed as far as it has come true.
                let more = self.length.max(AHEAD_BYTES);
                self.bytes.resize(length.min(self.length + more), 0);
            }
            let end = length.min(self.bytes.len());
            let room = self.bytes.get_mut(self.length..end).unwrap_or_default();
            match from.read(room) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => self.length += read,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
        Ok(())
    }

    /// Gives the memory back that only a response of unusual length has needed.
    pub(super) fn keep_at_most(&mut self, bytes: usize) {
        self.length = 0;
        if self.bytes.len() > bytes {
            self.bytes = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_takes_memory_only_for_bytes_that_have_come() {
        let mut frame = Frame::default();
        let short = [7; 100];
        assert!(frame.fill(&mut &short[..], MOST_FRAME_BYTES).is_err());
        assert!(frame.bytes.len() <= AHEAD_BYTES);

        let long = vec![9; 5 << 20];
        frame.fill(&mut &long[..], long.len()).unwrap();
        assert_eq!(frame.bytes(), long);
        frame.fill(&mut &short[..], 100).unwrap();
        assert_eq!(frame.bytes(), short);
        frame.keep_at_most(1 << 20);
        assert_eq!((frame.bytes().len(), frame.bytes.len()), (0, 0));
    }
}
