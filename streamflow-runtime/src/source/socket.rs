//! Reads lines over TCP, as a client: `from socket("host:port")`.

use std::io;
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Code, Error, Result};
use crate::record::Record;
use crate::source::lines::{FedReader, Input, Lines};
use crate::source::{Opening, Partition, Polled, Reader, Source};

/// How long a server may take to come up.
const PATIENCE: Duration = Duration::from_secs(5);

/// The pause between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(100);

/// How long one attempt may take at least.
const ATTEMPT: Duration = Duration::from_secs(1);

/// `from socket("host:port")`: each line that the server sends is a record.
///
/// The source ends when the server closes the connection. A connection cannot be read again: a
/// run that continues from a checkpoint takes what the server sends it as new.
#[derive(Debug)]
pub struct SocketSource {
    address: String,
    patience: Duration,
}

impl SocketSource {
    /// Lines from the server at `address`, written `host:port`.
    pub fn new(address: impl Into<String>) -> Self {
        SocketSource {
            address: address.into(),
            patience: PATIENCE,
        }
    }
}

impl Source for SocketSource {
    type Reader = SocketReader;

    fn open(&self, opening: &Opening<'_>) -> Result<SocketReader> {
        let call = Arc::new(Call::default());
        let lines = if opening.worker == 0 {
            let input = Socket {
                address: self.address.clone(),
                patience: self.patience,
                call: Arc::clone(&call),
            };
            FedReader::start(&self.address, input)?
        } else {
            FedReader::without_input()
        };
        Ok(SocketReader { lines, call })
    }
}

/// One worker's share of a connection: all of it, or nothing.
#[derive(Debug)]
pub struct SocketReader {
    lines: FedReader,
    call: Arc<Call>,
}

impl Reader for SocketReader {
    type Items<'r> = Lines<'r>;
    type Item<'r> = Record<'r>;

    fn partitions(&self) -> &[Partition] {
        self.lines.partitions()
    }

    fn poll(&mut self, wait: Duration) -> Result<Polled<Lines<'_>>> {
        self.lines.poll(wait)
    }
}

impl Drop for SocketReader {
    fn drop(&mut self) {
        self.call.hang_up();
    }
}

/// The connection, as its thread and the reader see it.
#[derive(Debug, Default)]
struct Call {
    state: Mutex<CallState>,
    hung_up: Condvar,
}

#[derive(Debug, Default)]
enum CallState {
    /// The thread tries to connect.
    #[default]
    Calling,
    /// The thread reads from this stream.
    Connected(TcpStream),
    /// The reader is gone.
    HungUp,
}

impl Call {
    fn lock(&self) -> MutexGuard<'_, CallState> {
        // Every change of the state is one assignment, so it is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the thread, whatever it waits for.
    fn hang_up(&self) {
        let before = std::mem::replace(&mut *self.lock(), CallState::HungUp);
        self.hung_up.notify_all();
        if let CallState::Connected(stream) = before {
            // A connection that the server has closed already cannot be closed again.
            let _closed = stream.shutdown(Shutdown::Both);
        }
    }

    /// Waits a little; returns whether the reader is gone.
    fn pause(&self) -> bool {
        let waited = self
            .hung_up
            .wait_timeout_while(self.lock(), PAUSE, |state| {
                !matches!(state, CallState::HungUp)
            });
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        matches!(*state, CallState::HungUp)
    }

    /// Makes a new connection known to the reader, so that it can hang up.
    fn connected(&self, stream: &TcpStream) -> io::Result<()> {
        let mut state = self.lock();
        if matches!(*state, CallState::HungUp) {
            return stream.shutdown(Shutdown::Both);
        }
        *state = CallState::Connected(stream.try_clone()?);
        Ok(())
    }
}

/// The thread's side of a connection.
struct Socket {
    address: String,
    patience: Duration,
    call: Arc<Call>,
}

impl Input for Socket {
    type Bytes = TcpStream;

    fn open(&mut self) -> Result<TcpStream> {
        let give_up = Instant::now() + self.patience;
        loop {
            let left = give_up.saturating_duration_since(Instant::now());
            let cause = match connect(&self.address, left.max(ATTEMPT)) {
                Ok(stream) => {
                    self.call
                        .connected(&stream)
                        .map_err(|cause| self.unreachable(cause))?;
                    return Ok(stream);
                }
                Err(cause) => cause,
            };
            // What is no address will not become one.
            let is_hopeless = cause.kind() == io::ErrorKind::InvalidInput || left.is_zero();
            if is_hopeless || self.call.pause() {
                return Err(self.unreachable(cause));
            }
        }
    }

    fn broken(&self, cause: io::Error) -> Error {
        Error::new(
            Code::InputUnreachable,
            format!("the connection to `{}` broke", self.address),
        )
        .caused_by(cause)
        .help("records may be lost: see why the server went away, then start the job again")
    }
}

impl Socket {
    fn unreachable(&self, cause: io::Error) -> Error {
        Error::new(
            Code::InputUnreachable,
            format!("cannot connect to `{}`", self.address),
        )
        .caused_by(cause)
        .help("start the server first (`nc -lk PORT` makes one), and write its `host:port`")
    }
}

/// Connects to the first address of the host that answers.
fn connect(address: &str, timeout: Duration) -> io::Result<TcpStream> {
    let mut refused = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(stream) => return Ok(stream),
            Err(cause) => refused = cause,
        }
    }
    Err(refused)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::source::lines::opener::Opener;
    use crate::source::{Block, PartitionKind};

    /// Longer than any test takes: it is not waited for.
    const LONG: Duration = Duration::from_secs(60);

    fn connected() -> (TcpStream, SocketReader) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let reader = Opener::new().open(&SocketSource::new(address)).unwrap();
        (listener.accept().unwrap().0, reader)
    }

    fn lines_of(polled: Polled<Lines<'_>>) -> Vec<(i64, String)> {
        let Polled::Block(Block { items, .. }) = polled else {
            panic!("no block")
        };
        items
            .map(|(offset, record)| {
                (
                    offset,
                    String::from_utf8_lossy(record.value.unwrap()).into(),
                )
            })
            .collect()
    }

    #[test]
    fn lines_come_as_the_server_sends_them_until_it_closes() {
        let (mut server, mut reader) = connected();
        assert_eq!(reader.partitions()[0].name.kind, PartitionKind::Sequence);
        server.write_all(b"a\r\n").unwrap();
        assert_eq!(lines_of(reader.poll(LONG).unwrap()), [(0, "a".to_owned())]);
        server.write_all(b"b").unwrap();
        drop(server);
        assert_eq!(lines_of(reader.poll(LONG).unwrap()), [(1, "b".to_owned())]);
        assert!(matches!(reader.poll(LONG).unwrap(), Polled::Ended));
    }

    #[test]
    fn nothing_to_connect_to_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        let source = SocketSource {
            address: address.clone(),
            patience: Duration::ZERO,
        };
        let error = Opener::new().open(&source).unwrap().poll(LONG).unwrap_err();
        assert_eq!(error.code(), Code::InputUnreachable);
        assert!(
            error
                .to_string()
                .contains(&format!("cannot connect to `{address}`")),
            "{error}"
        );
    }

    #[test]
    fn address_without_a_port_is_refused_at_once() {
        let source = SocketSource::new("localhost");
        let error = Opener::new().open(&source).unwrap().poll(LONG).unwrap_err();
        assert_eq!(error.code(), Code::InputUnreachable);
    }

    #[test]
    fn reset_connection_is_an_error() {
        let (mut server, mut reader) = connected();
        server.write_all(b"a\n").unwrap();
        assert_eq!(lines_of(reader.poll(LONG).unwrap()).len(), 1);
        // A server that closes with something unread resets the connection.
        if let CallState::Connected(stream) = &mut *reader.call.lock() {
            stream.write_all(b"x").unwrap();
        }
        server.peek(&mut [0]).unwrap();
        drop(server);
        let error = reader.poll(LONG).unwrap_err();
        assert_eq!(error.code(), Code::InputUnreachable);
        assert!(error.to_string().contains("broke"), "{error}");
    }

    #[test]
    fn dropped_reader_hangs_up() {
        let (mut server, mut reader) = connected();
        server.write_all(b"a\n").unwrap();
        assert_eq!(lines_of(reader.poll(LONG).unwrap()).len(), 1);
        drop(reader);
        assert_eq!(server.read(&mut [0]).unwrap(), 0);
    }
}
