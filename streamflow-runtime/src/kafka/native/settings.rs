//! What of the settings of a run concerns the fetching of records, and what stands in its way.

use std::time::Duration;

use super::security::Security;
use crate::config::RunConfig;

/// How records are fetched.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The brokers to ask first, each as host and port.
    pub(super) bootstrap: Vec<(String, u16)>,
    pub(super) client_id: String,
    /// How long a broker may wait for `least_bytes`.
    pub(super) longest_wait_ms: i32,
    pub(super) least_bytes: i32,
    /// The most bytes of one response, and of one partition in it.
    pub(super) most_bytes: i32,
    pub(super) most_partition_bytes: i32,
    /// How long a broker may take to answer, beyond the wait that was asked for.
    pub(super) answer_within: Duration,
    pub(super) connect_within: Duration,
    pub(super) security: Security,
}

/// Between 1 MiB and 16 MiB it makes no difference to the processor time of a record; from 4 MiB on
/// nothing is gained on the wall either. Measured with the job of the benchmark `drain`.
const MOST_BYTES: i32 = 8 << 20;
const MOST_PARTITION_BYTES: i32 = 1 << 20;
const LONGEST_WAIT_MS: i32 = 500;
const ANSWER_WITHIN_MS: i32 = 30_000;
const CONNECT_WITHIN_MS: i32 = 10_000;

const DEFAULT_PORT: u16 = 9092;

/// Properties of librdkafka that change how it reads, in a way that is not known here.
const LIBRDKAFKA_ONLY: [&str; 5] = [
    "socket.keepalive.enable",
    "client.rack",
    "broker.address.family",
    "receive.message.max.bytes",
    "fetch.error.backoff.ms",
];

impl Settings {
    /// Reads the settings of a run; what in them only librdkafka can do, in words, if there is
    /// something.
    pub(in crate::kafka) fn of(config: &RunConfig) -> Result<Self, String> {
        let (bootstrap, named) = bootstrap(config.brokers.as_deref().unwrap_or_default())?;
        let security = Security::of(&config.properties, named)?;
        none_is_set(config, &LIBRDKAFKA_ONLY)?;
        let number = |names: &[&str], otherwise| {
            property(config, names)
                .and_then(|text| text.trim().parse().ok())
                .unwrap_or(otherwise)
        };
        let milliseconds = |name, otherwise| {
            let ms = number(&[name], otherwise);
            Duration::from_millis(u64::try_from(ms).unwrap_or(0).max(1))
        };
        let most_bytes = number(&["fetch.max.bytes"], MOST_BYTES);
        Ok(Settings {
            bootstrap,
            client_id: property(config, &["client.id"])
                .unwrap_or("streamflow")
                .to_owned(),
            longest_wait_ms: number(&["fetch.wait.max.ms"], LONGEST_WAIT_MS),
            least_bytes: number(&["fetch.min.bytes"], 1),
            most_bytes,
            most_partition_bytes: number(
                &["fetch.message.max.bytes", "max.partition.fetch.bytes"],
                MOST_PARTITION_BYTES,
            )
            .min(most_bytes),
            answer_within: milliseconds("socket.timeout.ms", ANSWER_WITHIN_MS),
            connect_within: milliseconds("socket.connection.setup.timeout.ms", CONNECT_WITHIN_MS),
            security,
        })
    }
}

/// Names the first of some properties that is set.
pub(super) fn none_is_set(config: &RunConfig, names: &[&str]) -> Result<(), String> {
    match names
        .iter()
        .find(|name| property(config, &[name]).is_some())
    {
        None => Ok(()),
        Some(name) => Err(format!("`{name}` is set")),
    }
}

/// The value that a property was given last, under any of its names.
pub(super) fn property<'c>(config: &'c RunConfig, names: &[&str]) -> Option<&'c str> {
    let mut given = config.properties.iter().rev();
    let (_, value) = given.find(|(name, _)| names.contains(&name.as_str()))?;
    Some(value)
}

/// The addresses of the brokers, and the protocol that stands in front of them, if one does.
#[expect(clippy::type_complexity, reason = "addresses and a protocol")]
fn bootstrap(brokers: &str) -> Result<(Vec<(String, u16)>, Option<&str>), String> {
    let mut addresses = Vec::new();
    let mut protocols = Vec::new();
    for broker in brokers.split(',').map(str::trim) {
        let address = match broker.split_once("://") {
            Some((protocol, address)) => {
                protocols.push(protocol);
                address
            }
            None => broker,
        };
        addresses.extend((!address.is_empty()).then(|| host_and_port(address)));
    }
    let named = protocols.first().copied();
    let is_mixed = named.is_some_and(|named| {
        let is_other = |other: &&str| !other.eq_ignore_ascii_case(named);
        protocols.len() != addresses.len() || protocols.iter().any(is_other)
    });
    if is_mixed {
        return Err("the brokers are named with different protocols".to_owned());
    }
    Ok((addresses, named))
}

/// `host`, `host:port` or `[address]:port`.
fn host_and_port(address: &str) -> (String, u16) {
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
        _ => (address, None),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (host.to_owned(), port.unwrap_or(DEFAULT_PORT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    const PLAN: Plan = Plan::empty("user_access");

    fn settings(brokers: &str, properties: &[(&str, &str)]) -> Result<Settings, String> {
        let named = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
        Settings::of(&RunConfig {
            brokers: Some(brokers.into()),
            properties: properties.iter().map(named).collect(),
            ..RunConfig::of(&PLAN).unwrap()
        })
    }

    #[test]
    fn addresses_are_hosts_and_ports() {
        let found = settings("a:1, b ,[::1]:3,c:4,[::2]", &[]).unwrap();
        let expected = [("a", 1), ("b", 9092), ("::1", 3), ("c", 4), ("::2", 9092)];
        assert_eq!(
            found.bootstrap,
            expected.map(|(host, port)| (host.into(), port))
        );
    }

    #[test]
    fn properties_of_librdkafka_count_where_they_are_about_fetching() {
        let properties = [
            ("fetch.wait.max.ms", "10"),
            ("max.partition.fetch.bytes", "1000"),
            ("fetch.message.max.bytes", "2000"),
            ("socket.timeout.ms", "1500"),
            ("security.protocol", "PLAINTEXT"),
            ("linger.ms", "5"),
        ];
        let found = settings("a", &properties).unwrap();
        assert_eq!(found.longest_wait_ms, 10);
        assert_eq!(found.most_partition_bytes, 2_000);
        assert_eq!(found.answer_within, Duration::from_millis(1_500));
        assert_eq!(found.client_id, "streamflow");
    }

    #[test]
    fn what_only_librdkafka_can_do_is_said() {
        let why = |brokers, properties: &[_]| settings(brokers, properties).unwrap_err();
        assert_eq!(why("a", &[("client.rack", "r1")]), "`client.rack` is set");
        assert_eq!(
            why("b,SSL://a:1", &[]),
            "the brokers are named with different protocols"
        );
        assert!(settings("PLAINTEXT://a:1,plaintext://b:2", &[]).is_ok());
    }
}
