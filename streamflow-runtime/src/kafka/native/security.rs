//! How a connection is secured and who logs on, from the properties of librdkafka; and which of
//! them only librdkafka understands.

use super::login::Login;
#[cfg(feature = "tls")]
use super::tls::Tls;

/// How connections are secured.
#[derive(Debug, Clone, Default)]
pub(super) struct Security {
    pub(super) login: Option<Login>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Tls>,
}

/// The properties of one run.
pub(in crate::kafka) type Properties = [(String, String)];

/// The value that a property was given last.
pub(in crate::kafka) fn given<'p>(properties: &'p Properties, wanted: &str) -> Option<&'p str> {
    let mut given = properties.iter().rev();
    let (_, value) = given.find(|(name, _)| name == wanted)?;
    Some(value)
}

impl Security {
    /// Reads the properties; `named` is the protocol that stands in front of the brokers. What in
    /// them only librdkafka can do, in words, if there is something.
    pub(super) fn of(properties: &Properties, named: Option<&str>) -> Result<Self, String> {
        let protocol = named.or_else(|| given(properties, "security.protocol"));
        let protocol = protocol.unwrap_or("plaintext").to_ascii_lowercase();
        let (logs_on, is_under_tls) = match protocol.as_str() {
            "plaintext" => (false, false),
            "sasl_plaintext" => (true, false),
            "ssl" => (false, true),
            "sasl_ssl" => (true, true),
            _ => return Err(format!("`security.protocol` is `{protocol}`")),
        };
        #[cfg(not(feature = "tls"))]
        if is_under_tls {
            return Err(format!(
                "`security.protocol` is `{protocol}`, and this binary was built without \
                 streamflow's feature `tls`"
            ));
        }
        Ok(Security {
            login: logs_on.then(|| Login::of(properties)).transpose()?,
            #[cfg(feature = "tls")]
            tls: is_under_tls.then(|| Tls::of(properties)).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(properties: &[(&str, &str)], named: Option<&str>) -> Result<Security, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let properties: Vec<_> = properties.iter().map(owned).collect();
        Security::of(&properties, named)
    }

    const USER: [(&str, &str); 3] = [
        ("sasl.mechanism", "PLAIN"),
        ("sasl.username", "me"),
        ("sasl.password", "hunter2"),
    ];

    #[test]
    fn nobody_logs_on_where_nobody_asks() {
        assert!(of(&USER, None).unwrap().login.is_none());
        assert!(of(&USER, Some("PLAINTEXT")).unwrap().login.is_none());
    }

    #[test]
    fn login_is_kept_to_itself() {
        let security = of(&USER, Some("SASL_PLAINTEXT")).unwrap();
        assert!(security.login.is_some());
        let text = format!("{security:?}");
        assert!(
            !text.contains("hunter2") && !text.contains("me\""),
            "{text}"
        );
    }

    #[test]
    fn mechanisms_that_only_librdkafka_knows_are_said() {
        let protocol = ("security.protocol", "sasl_plaintext");
        let why = |more: &[(&str, &str)]| of(&[&[protocol], more].concat(), None).unwrap_err();
        assert_eq!(why(&[]), "`sasl.mechanism` is `GSSAPI`");
        assert_eq!(
            why(&[("sasl.mechanism", "PLAIN")]),
            "`sasl.username` or `sasl.password` is missing"
        );
        assert_eq!(
            of(&[("security.protocol", "quantum")], None).unwrap_err(),
            "`security.protocol` is `quantum`"
        );
    }
}
