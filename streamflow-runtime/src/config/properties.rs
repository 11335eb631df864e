//! Knows which librdkafka properties are secret, and which a job may not set.

use std::fmt;

/// Properties whose values are secret; librdkafka's own list and what it leaves out.
const SECRET: [&str; 13] = [
    "ssl.key.location",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.ca.pem",
    "ssl.keystore.password",
    "sasl.username",
    "sasl.password",
    "sasl.oauthbearer.config",
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.client.credentials.client.secret",
    "sasl.oauthbearer.assertion.private.key.file",
    "sasl.oauthbearer.assertion.private.key.passphrase",
    "sasl.oauthbearer.assertion.private.key.pem",
];

/// Words that make any property secret: librdkafka grows, and other clients' names get here too.
const SECRET_WORDS: [&str; 7] = [
    "password",
    "passphrase",
    "secret",
    "token",
    "private.key",
    ".pem",
    "jaas",
];

/// Whether the value of a property must never be shown.
///
/// ```
/// use streamflow_runtime::config::properties::is_secret;
///
/// assert!(is_secret("sasl.password"));
/// assert!(!is_secret("client.id"));
/// ```
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // The address of a token endpoint is no secret, and needed when it cannot be reached.
    let is_address = name.rsplit('.').next() == Some("url");
    SECRET.contains(&name.as_str())
        || !is_address && SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// What to do instead of setting a property that streamflow sets itself, or that runs code.
pub(super) fn refused(name: &str) -> Option<&'static str> {
    Some(match name {
        "bootstrap.servers" | "metadata.broker.list" => "use `brokers` or `--brokers`",
        "group.id" => "use `group` or `--group`",
        "auto.offset.reset" => {
            "use `from` or `--from`; offsets that are gone end the job, they are never skipped"
        }
        "enable.auto.commit" | "enable.auto.offset.store" => {
            "leave it out: offsets are committed once their results are out"
        }
        "acks" | "request.required.acks" | "enable.idempotence" | "transactional.id" => {
            "leave it out: offsets are committed once every replica has the results"
        }
        "isolation.level" | "enable.partition.eof" | "group.protocol" => {
            "leave it out: a job relies on its own value of it"
        }
        "check.crcs" => "leave it out: damaged batches must be found",
        "plugin.library.paths" | "ssl.engine.location" | "sasl.kerberos.kinit.cmd" => {
            "leave it out: it would run code that is named in a setting"
        }
        "enable.sasl.oauthbearer.unsecure.jwt" => {
            "leave it out: tokens without a signature let anybody in"
        }
        _ => return None,
    })
}

/// Properties on their way into a text, without the secret ones' values.
pub fn redacted(properties: &[(String, String)]) -> impl fmt::Debug + '_ {
    Redacted(properties)
}

struct Redacted<'p>(&'p [(String, String)]);

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            (
                name,
                if is_secret(name) {
                    "[secret]"
                } else {
                    value.as_str()
                },
            )
        });
        f.debug_map().entries(shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_list_and_by_word() {
        for name in SECRET {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "SASL.PASSWORD",
            "sasl.jaas.config",
            "ssl.truststore.password",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "client.id",
            "fetch.min.bytes",
            "sasl.oauthbearer.token.endpoint.url",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn secret_values_are_not_printed() {
        let properties = [
            ("sasl.password".to_owned(), "hunter2".to_owned()),
            ("linger.ms".into(), "5".into()),
        ];
        let text = format!("{:?}", redacted(&properties));
        assert_eq!(text, r#"{"sasl.password": "[secret]", "linger.ms": "5"}"#);
    }

    #[test]
    fn properties_that_would_void_a_promise_are_refused() {
        for name in [
            "acks",
            "enable.idempotence",
            "isolation.level",
            "enable.auto.commit",
            "enable.sasl.oauthbearer.unsecure.jwt",
        ] {
            assert!(refused(name).is_some(), "{name}");
        }
        assert_eq!(refused("fetch.min.bytes"), None);
    }
}
