//! Asks a token endpoint for a token.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::ring;
use serde::Deserialize;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::grant::{Grant, is_loopback};
use super::token::Token;
use super::tokens::NoToken;
use crate::error::{Code, Error};

/// The longest that an endpoint may take: a start that fails says so within 10 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The most bytes of an answer.
const MOST_BYTES: u64 = 1 << 20;

/// The most characters shown of what an endpoint says.
const MOST_SHOWN: usize = 200;

/// Where tokens come from.
#[derive(Debug)]
pub(super) struct Endpoint {
    grant: Grant,
    agent: Agent,
}

/// Why an endpoint gives no token (RFC 6749, 5.2).
#[derive(Deserialize)]
struct Refusal {
    error: String,
    #[serde(default)]
    error_description: Option<String>,
}

impl Endpoint {
    pub(super) fn new(grant: Grant) -> Self {
        let system = || rustls_native_certs::load_native_certs().certs;
        let authorities = grant.authorities.clone().unwrap_or_else(system);
        let authorities = authorities.iter();
        let authorities = authorities.map(|it| Certificate::from_der(it).to_owned());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(authorities.collect())))
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
            .build();
        let mut config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            // The secret is for the endpoint that is named, and for no other.
            .max_redirects(0)
            .max_idle_connections(0)
            .timeout_global(Some(ANSWER_WITHIN))
            .user_agent("streamflow");
        if grant.endpoint.host().is_some_and(is_loopback) {
            config = config.proxy(None);
        }
        Endpoint {
            agent: config.build().new_agent(),
            grant,
        }
    }

    /// Asks once.
    pub(super) fn ask(&self) -> Result<Token, NoToken> {
        let Grant {
            client_id,
            client_secret,
            ..
        } = &self.grant;
        let credentials = STANDARD.encode(format!("{client_id}:{client_secret}"));
        let asked = self
            .agent
            .post(&self.grant.endpoint)
            .header("authorization", format!("Basic {credentials}"))
            .header("accept", "application/json")
            .content_type("application/x-www-form-urlencoded")
            .send(form(self.grant.scope.as_deref()));
        let mut response = asked.map_err(|cause| self.unreachable(&cause))?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MOST_BYTES);
        let body = body.read_to_string();
        let body = body.map_err(|cause| self.unreachable(&cause))?;
        match status {
            200..300 => Token::read(&body, client_id, &self.grant.extensions)
                .map_err(|why| self.refused(why)),
            // Too slow, too often; or a fault of its own.
            408 | 429 | 500.. => Err(NoToken::Unreachable(
                self.error(Code::BrokerUnreachable, "is of no use now")
                    .caused_by(format!("HTTP status {status}"))
                    .help("try again later"),
            )),
            _ => Err(self.refused(&format!("{} (HTTP status {status})", self.why(&body)))),
        }
    }

    fn error(&self, code: Code, what: &str) -> Error {
        let endpoint = &self.grant.endpoint;
        let place = format!(
            "{}{}",
            endpoint.authority().map_or("", |it| it.as_str()),
            endpoint.path()
        );
        Error::new(code, format!("OAUTHBEARER: the token endpoint {what}")).at(place)
    }

    fn unreachable(&self, cause: &ureq::Error) -> NoToken {
        // rustls does not agree with what the endpoint says: another try brings the same.
        if let Some(cause) = of_tls(cause) {
            let error = self.error(Code::NotAuthorized, "cannot be trusted");
            return NoToken::Refused(error.caused_by(cause).help(
                "check the certificates: `https.ca.location` names the authority that has signed that of the endpoint",
            ));
        }
        let error = self.error(Code::BrokerUnreachable, "does not answer");
        NoToken::Unreachable(error.caused_by(cause.to_string()).help(
            "check `sasl.oauthbearer.token.endpoint.url`, and that it can be reached from here",
        ))
    }

    fn refused(&self, why: &str) -> NoToken {
        let error = self.error(Code::NotAuthorized, "gives no token");
        NoToken::Refused(
            error.caused_by(why.to_owned()).help(
                "check `sasl.oauthbearer.client.id`, its secret, and `sasl.oauthbearer.scope`",
            ),
        )
    }

    /// Why an endpoint gives no token, in its own words as far as they can be shown.
    fn why(&self, body: &str) -> String {
        let Ok(refusal) = serde_json::from_str::<Refusal>(body) else {
            return "it does not say why".to_owned();
        };
        let said = match refusal.error_description {
            Some(description) => format!("{}: {description}", refusal.error),
            None => refusal.error,
        };
        // Some endpoints repeat what they were told.
        if said.contains(&self.grant.client_secret) {
            return "it says why, with the secret in it".to_owned();
        }
        let is_shown = |it: &char| !it.is_control();
        said.chars().filter(is_shown).take(MOST_SHOWN).collect()
    }
}

/// What TLS has against an endpoint, if it is that.
fn of_tls(cause: &ureq::Error) -> Option<String> {
    match cause {
        ureq::Error::Rustls(cause) => Some(cause.to_string()),
        ureq::Error::Tls(cause) => Some((*cause).to_owned()),
        ureq::Error::Io(cause) => {
            let inner = cause.get_ref()?.downcast_ref::<rustls::Error>()?;
            Some(inner.to_string())
        }
        _ => None,
    }
}

/// The request for a token (RFC 6749, 4.4.2).
fn form(scope: Option<&str>) -> String {
    let mut form = "grant_type=client_credentials".to_owned();
    if let Some(scope) = scope {
        form.push_str("&scope=");
        for byte in scope.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => {
                    form.push(char::from(byte));
                }
                b' ' => form.push('+'),
                _ => form.extend(['%', hex(byte >> 4), hex(byte & 15)]),
            }
        }
    }
    form
}

fn hex(digit: u8) -> char {
    let digit = char::from_digit(u32::from(digit), 16);
    digit.map_or('0', |digit| digit.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    #[test]
    fn scope_is_written_as_forms_have_it() {
        assert_eq!(super::form(None), "grant_type=client_credentials");
        assert_eq!(
            super::form(Some("kafka read:all&x")),
            "grant_type=client_credentials&scope=kafka+read%3Aall%26x"
        );
    }
}
