//! TLS, by rustls, as the properties of librdkafka ask for it.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::connection::{Trouble, foreign};
use super::security::{Properties, given};

/// A connection under TLS.
pub(super) type Stream = StreamOwned<ClientConnection, TcpStream>;

/// How TLS is spoken.
#[derive(Debug, Clone)]
pub(super) struct Tls(Arc<ClientConfig>);

/// Properties that are read here. Every other one of TLS is left to librdkafka.
const KNOWN: [&str; 6] = [
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.key.location",
    "ssl.key.pem",
];

impl Tls {
    /// Reads the properties; why only librdkafka can speak TLS with them, if so.
    pub(super) fn of(properties: &Properties) -> Result<Self, String> {
        let other = properties.iter().find(|(name, value)| {
            let is_of_tls = name.starts_with("ssl.") || name.starts_with("enable.ssl.");
            is_of_tls && !KNOWN.contains(&name.as_str()) && !is_default(name, value)
        });
        if let Some((name, _)) = other {
            return Err(format!("`{name}` is set"));
        }
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(
            Arc::new(roots(properties)?),
            Arc::clone(&provider),
        );
        let verifier = verifier.build().map_err(|cause| cause.to_string())?;
        let builder = ClientConfig::builder_with_provider(Arc::<CryptoProvider>::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|cause| cause.to_string())?
            .with_webpki_verifier(verifier);
        let config = match client_certificate(properties)? {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder
                .with_client_auth_cert(chain, key)
                .map_err(|cause| format!("the client's certificate is of no use: {cause}"))?,
        };
        Ok(Tls(Arc::new(config)))
    }

    /// TLS over a connection to a host, whose certificate must name it.
    pub(super) fn over(&self, socket: TcpStream, host: &str) -> Result<Stream, Trouble> {
        let failed =
            |cause: &dyn std::fmt::Display| Trouble::Lost(format!("TLS to {host}: {cause}"));
        let name = ServerName::try_from(host.to_owned()).map_err(|cause| failed(&cause))?;
        let mut connection =
            ClientConnection::new(Arc::clone(&self.0), name).map_err(|cause| failed(&cause))?;
        let mut socket = socket;
        while connection.is_handshaking() {
            let done = connection.complete_io(&mut socket);
            done.map_err(|cause| match cause.kind() {
                // rustls does not agree with what the broker says: another try brings the same.
                // OpenSSL, and with it librdkafka, takes some certificates that rustls does not.
                io::ErrorKind::InvalidData => {
                    foreign(format!("TLS with a broker is not possible: {cause}"), host)
                }
                _ => failed(&cause),
            })?;
        }
        Ok(StreamOwned::new(connection, socket))
    }
}

/// Whether a property says what happens anyway.
fn is_default(name: &str, value: &str) -> bool {
    matches!(
        (name, value.to_ascii_lowercase().as_str()),
        ("enable.ssl.certificate.verification", "true")
            | ("ssl.endpoint.identification.algorithm", "https")
    )
}

fn roots(properties: &Properties) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let named = certificates(properties, "ssl.ca.pem", "ssl.ca.location")?;
    let named = named.filter(|_| given(properties, "ssl.ca.location") != Some("probe"));
    let certificates = match named {
        Some(certificates) => certificates,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let (n_added, _ignored) = roots.add_parsable_certificates(certificates);
    if n_added == 0 {
        return Err("there is no certificate of an authority that can be read".to_owned());
    }
    Ok(roots)
}

/// Certificates as text or in a file; `None` where neither is named.
pub(in crate::kafka) fn certificates(
    properties: &Properties,
    pem: &str,
    location: &str,
) -> Result<Option<Vec<CertificateDer<'static>>>, String> {
    let read = if let Some(text) = given(properties, pem) {
        CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>()
    } else if let Some(path) = given(properties, location).filter(|path| *path != "probe") {
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect)
    } else {
        return Ok(None);
    };
    // librdkafka knows other formats, and says what is wrong with the file.
    read.map(Some)
        .map_err(|cause| format!("`{location}` cannot be read as PEM ({cause})"))
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn client_certificate(properties: &Properties) -> Result<Option<Identity>, String> {
    let location = "ssl.certificate.location";
    let Some(chain) = certificates(properties, "ssl.certificate.pem", location)? else {
        return Ok(None);
    };
    let key = if let Some(text) = given(properties, "ssl.key.pem") {
        PrivateKeyDer::from_pem_slice(text.as_bytes())
    } else if let Some(path) = given(properties, "ssl.key.location") {
        PrivateKeyDer::from_pem_file(path)
    } else {
        return Err("`ssl.certificate.location` is set without `ssl.key.location`".to_owned());
    };
    key.map(|key| Some((chain, key)))
        .map_err(|_| "`ssl.key.location` cannot be read as a PEM key without a password".to_owned())
}
