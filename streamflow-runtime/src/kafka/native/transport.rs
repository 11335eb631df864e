//! The bytes of a connection: as they are, or under TLS.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use super::connection::Trouble;
use super::security::Security;

/// What a connection is read from and written to.
#[derive(Debug)]
pub(super) enum Transport {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<super::tls::Stream>),
}

impl Transport {
    /// The transport over a socket that the settings ask for.
    #[cfg_attr(
        not(feature = "tls"),
        expect(
            unused_variables,
            clippy::unnecessary_wraps,
            reason = "only TLS can fail, and looks at the name of the host"
        )
    )]
    pub(super) fn over(
        socket: TcpStream,
        host: &str,
        security: &Security,
    ) -> Result<Self, Trouble> {
        #[cfg(feature = "tls")]
        if let Some(tls) = &security.tls {
            return Ok(Transport::Tls(Box::new(tls.over(socket, host)?)));
        }
        Ok(Transport::Plain(socket))
    }

    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Transport::Plain(socket) => socket,
            #[cfg(feature = "tls")]
            Transport::Tls(stream) => stream.get_ref(),
        }
    }
}

impl Read for Transport {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Transport::Plain(socket) => socket.read(into),
            #[cfg(feature = "tls")]
            Transport::Tls(stream) => stream.read(into),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Transport::Plain(socket) => socket.write(bytes),
            #[cfg(feature = "tls")]
            Transport::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Transport::Plain(socket) => socket.flush(),
            #[cfg(feature = "tls")]
            Transport::Tls(stream) => stream.flush(),
        }
    }
}
