//! Which token is asked for, of whom, and as whom: read from the properties of librdkafka.

use std::fmt;
use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use ureq::http::Uri;

use crate::config::RunConfig;
use crate::error::{Code, Error, Result};
use crate::kafka::native::security::{Properties, given};
use crate::kafka::native::tls;

/// What a client asks a token endpoint for: OAuth 2.0's grant of client credentials.
#[derive(Clone, PartialEq)]
pub(super) struct Grant {
    pub(super) endpoint: Uri,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) scope: Option<String>,
    /// What is told to brokers beside the token, by name.
    pub(super) extensions: Vec<(String, String)>,
    /// Who may have signed the certificate of the endpoint; the authorities of the system where
    /// there are none.
    pub(super) authorities: Option<Vec<CertificateDer<'static>>>,
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// Whether a run logs on to its brokers with a token.
pub(in crate::kafka) fn is_asked_for(config: &RunConfig) -> bool {
    let properties = &config.properties;
    let begins_with_sasl = |text: &str| text.to_ascii_lowercase().starts_with("sasl_");
    let brokers = config.brokers.as_deref().unwrap_or_default();
    let logs_on = given(properties, "security.protocol").is_some_and(begins_with_sasl)
        || brokers.split(',').any(|it| begins_with_sasl(it.trim()));
    logs_on && is_the_mechanism(properties)
}

fn is_the_mechanism(properties: &Properties) -> bool {
    let mechanism = given(properties, "sasl.mechanism");
    let mechanism = mechanism.or_else(|| given(properties, "sasl.mechanisms"));
    mechanism.is_some_and(|it| it.eq_ignore_ascii_case("OAUTHBEARER"))
}

/// Whether a property says how to get a token: librdkafka is not told, as it gets them from here.
pub(in crate::kafka) fn is_read_here(properties: &Properties, name: &str) -> bool {
    let is_of_tokens = name.starts_with("sasl.oauthbearer.") || name.starts_with("https.ca.");
    is_of_tokens && is_the_mechanism(properties)
}

/// Properties that are read here. librdkafka has more, all of which need its own HTTP client.
const KNOWN: [&str; 10] = [
    "sasl.oauthbearer.method",
    "sasl.oauthbearer.grant.type",
    "sasl.oauthbearer.token.endpoint.url",
    "sasl.oauthbearer.client.id",
    "sasl.oauthbearer.client.credentials.client.id",
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.client.credentials.client.secret",
    "sasl.oauthbearer.scope",
    "sasl.oauthbearer.extensions",
    "sasl.oauthbearer.sub.claim.name",
];

impl Grant {
    pub(super) fn of(properties: &Properties) -> Result<Self> {
        only_known_properties_are_set(properties)?;
        is_or(properties, "sasl.oauthbearer.method", "oidc", Needed::Yes)?;
        let grant_type = "sasl.oauthbearer.grant.type";
        is_or(properties, grant_type, "client_credentials", Needed::No)?;
        let first = |names: &[&'static str]| {
            let found = names.iter().find_map(|name| given(properties, name));
            found.map(str::to_owned).ok_or_else(|| missing(names[0]))
        };
        Ok(Grant {
            endpoint: endpoint(&first(&["sasl.oauthbearer.token.endpoint.url"])?)?,
            client_id: first(&KNOWN[3..5])?,
            client_secret: first(&KNOWN[5..7])?,
            scope: given(properties, "sasl.oauthbearer.scope").map(str::to_owned),
            extensions: extensions(given(properties, "sasl.oauthbearer.extensions"))?,
            authorities: tls::certificates(properties, "https.ca.pem", "https.ca.location")
                .map_err(|why| refused(why, "name a file of certificates in PEM"))?,
        })
    }
}

fn refused(what: impl Into<String>, advice: impl Into<String>) -> Error {
    Error::new(Code::Config, format!("OAUTHBEARER: {}", what.into())).help(advice)
}

fn missing(name: &str) -> Error {
    refused(
        format!("`{name}` is missing"),
        format!("say it in a file or the environment, or with `-X {name}=…` where it is no secret"),
    )
}

fn only_known_properties_are_set(properties: &Properties) -> Result<()> {
    let mut names = properties.iter().map(|(name, _)| name.as_str());
    let unknown = names.find(|name| name.starts_with("sasl.oauthbearer.") && !KNOWN.contains(name));
    match unknown {
        None => Ok(()),
        Some(name) => Err(refused(
            format!("`{name}` is not supported"),
            "leave it out: tokens are had with a client's id and secret (`client_credentials`)",
        )),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    Yes,
    No,
}

fn is_or(properties: &Properties, name: &str, only: &str, needed: Needed) -> Result<()> {
    match given(properties, name) {
        Some(value) if value.eq_ignore_ascii_case(only) => Ok(()),
        None if needed == Needed::No => Ok(()),
        Some(value) => Err(refused(
            format!("`{name}` is `{value}`"),
            format!("streamflow knows `{name}={only}`"),
        )),
        None => Err(refused(
            format!("`{name}` is missing"),
            format!("set `{name}={only}`"),
        )),
    }
}

/// The address of a token endpoint. A secret goes there: nobody on the way may read it.
fn endpoint(text: &str) -> Result<Uri> {
    let name = "sasl.oauthbearer.token.endpoint.url";
    let form = "it has the form `https://host/path`";
    // It may hold a password in front of an `@`, so that it is not shown.
    let uri: Uri = text
        .parse()
        .map_err(|_| refused(format!("`{name}` is no address"), form))?;
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return Err(refused(format!("`{name}` is no address"), form));
    };
    if uri.authority().is_some_and(|it| it.as_str().contains('@')) {
        return Err(refused(format!("`{name}` names a user"), form));
    }
    match scheme {
        "https" => Ok(uri),
        "http" if is_loopback(host) => Ok(uri),
        _ => Err(refused(
            format!("`{name}` is not secured"),
            "use `https://`: the client's secret would go over the network for anybody to read",
        )),
    }
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok();
    host.eq_ignore_ascii_case("localhost") || address.is_some_and(|it: IpAddr| it.is_loopback())
}

/// `name=value,name=value`, in what RFC 7628 lets names and values consist of.
fn extensions(text: Option<&str>) -> Result<Vec<(String, String)>> {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphabetic());
    let is_value = |value: &str| {
        let mut bytes = value.bytes();
        bytes.all(|it| matches!(it, b' '..=b'~' | b'\t' | b'\r' | b'\n'))
    };
    let pairs = text.unwrap_or_default().split(',').map(str::trim);
    pairs
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let known = pair.split_once('=');
            let known = known.filter(|(name, value)| {
                is_name(name) && *name != "auth" && is_value(value) && !value.is_empty()
            });
            known
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .ok_or_else(|| {
                    refused(
                        "`sasl.oauthbearer.extensions` cannot be read",
                        "they have the form `name=value,name=value`, with letters in the names",
                    )
                })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: [(&str, &str); 4] = [
        ("sasl.oauthbearer.method", "OIDC"),
        ("sasl.oauthbearer.client.id", "job"),
        ("sasl.oauthbearer.client.secret", "hunter2"),
        (
            "sasl.oauthbearer.token.endpoint.url",
            "https://idp.example/token",
        ),
    ];

    fn grant(more: &[(&str, &str)]) -> Result<Grant> {
        let all = WHOLE.iter().chain(more);
        let all: Vec<_> = all
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        Grant::of(&all)
    }

    fn why(more: &[(&str, &str)]) -> String {
        let error = grant(more).unwrap_err();
        assert_eq!(error.code(), Code::Config);
        error.one_line()
    }

    #[test]
    fn grant_is_read_and_keeps_its_secret() {
        let extensions = (
            "sasl.oauthbearer.extensions",
            "logicalCluster=lkc-1, pool=a=b",
        );
        let grant = grant(&[extensions]).unwrap();
        assert_eq!(grant.endpoint, "https://idp.example/token");
        let pairs = [("logicalCluster", "lkc-1"), ("pool", "a=b")];
        assert_eq!(
            grant.extensions,
            pairs.map(|(name, value)| (name.into(), value.into()))
        );
        assert!(!format!("{grant:?}").contains("hunter2"));
    }

    #[test]
    fn endpoint_is_secured_unless_it_is_this_machine() {
        let at = |url| [("sasl.oauthbearer.token.endpoint.url", url)];
        for url in [
            "http://127.0.0.1:8080/token",
            "http://[::1]/t",
            "http://localhost/t",
        ] {
            assert!(grant(&at(url)).is_ok(), "{url}");
        }
        assert!(why(&at("http://idp.example/token")).contains("https://"));
        assert!(why(&at("idp.example/token")).contains("is no address"));
        let line = why(&at("https://me:hunter2@idp.example/token"));
        assert!(
            line.contains("names a user") && !line.contains("hunter2"),
            "{line}"
        );
    }

    #[test]
    fn what_is_not_known_is_refused_and_not_passed_over() {
        let line = why(&[("sasl.oauthbearer.assertion.file", "f")]);
        assert!(
            line.contains("`sasl.oauthbearer.assertion.file` is not supported"),
            "{line}"
        );
        let line = why(&[("sasl.oauthbearer.method", "default")]);
        assert!(line.contains("`sasl.oauthbearer.method=oidc`"), "{line}");
        let line = why(&[("sasl.oauthbearer.grant.type", "jwt-bearer")]);
        assert!(line.contains("`jwt-bearer`"), "{line}");
        for extensions in ["a", "auth=b", "a1=b", "a=\u{1}", "=b"] {
            let line = why(&[("sasl.oauthbearer.extensions", extensions)]);
            assert!(line.contains("extensions"), "{line}");
        }
        let line = Grant::of(&[("sasl.oauthbearer.method".into(), "oidc".into())]);
        assert!(
            line.unwrap_err()
                .one_line()
                .contains("endpoint.url` is missing")
        );
    }

    #[test]
    fn tokens_are_asked_for_where_somebody_logs_on_with_one() {
        const PLAN: crate::plan::Plan = crate::plan::Plan::empty("t");
        let asked_for = |brokers: &str, properties: &[(&str, &str)]| {
            let named = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
            is_asked_for(&RunConfig {
                brokers: Some(brokers.into()),
                properties: properties.iter().map(named).collect(),
                ..RunConfig::of(&PLAN).unwrap()
            })
        };
        let mechanism = ("sasl.mechanisms", "oauthbearer");
        assert!(asked_for(
            "a:1",
            &[mechanism, ("security.protocol", "SASL_SSL")]
        ));
        assert!(asked_for("SASL_SSL://a:1", &[mechanism]));
        assert!(!asked_for("a:1", &[mechanism]));
        let plain = ("sasl.mechanism", "PLAIN");
        assert!(!asked_for(
            "a:1",
            &[plain, ("security.protocol", "SASL_SSL")]
        ));
    }
}
