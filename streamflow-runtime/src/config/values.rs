//! Reads the text of each setting, and says what is expected where it cannot be read.

use std::path::PathBuf;
use std::time::Duration;

use super::{From, Through, Until, nearest, size};
use crate::time::{duration, timestamp};

/// More workers than this is a slip of the hand: each one is a thread.
const MOST_WORKERS: usize = 1024;

/// Why a value is refused: what was found, what is expected.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) found: String,
    pub(super) expected: String,
}

fn refuse<T>(found: impl Into<String>, expected: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        found: found.into(),
        expected: expected.into(),
    })
}

/// `host:port[,host:port]`, each perhaps with a protocol in front.
pub(super) fn brokers(text: &str) -> Result<String, Refusal> {
    let expected = "give `host:port`, or several with commas between them";
    for broker in text.split(',').map(str::trim) {
        let address = broker
            .split_once("://")
            .map_or(broker, |(_, address)| address);
        if address.contains('@') {
            // Credentials, as some other tools take them: not to be repeated in a message.
            let expected = "set `sasl.username` and `sasl.password` as properties instead";
            return refuse("credentials stand in the address of a broker", expected);
        }
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        };
        if host.is_empty() || host.contains(char::is_whitespace) {
            return refuse(format!("`{broker}` names no broker"), expected);
        }
        // An IPv6 address ends in `]` when it has no port.
        let port = port.filter(|port| !port.ends_with(']'));
        if port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return refuse(format!("`{broker}` has no port that exists"), expected);
        }
    }
    Ok(text.split(',').map(str::trim).collect::<Vec<_>>().join(","))
}

pub(super) fn group(text: &str) -> Result<String, Refusal> {
    if text.trim().is_empty() {
        return refuse(
            "the group has no name",
            "give the name of a Kafka consumer group",
        );
    }
    Ok(text.to_owned())
}

pub(super) fn checkpoint(text: &str) -> Result<PathBuf, Refusal> {
    if text.is_empty() {
        return refuse(
            "the path is empty",
            "give a directory, such as `/var/lib/streamflow`",
        );
    }
    if text.contains("://") {
        let expected = "give a directory of this machine, such as `/var/lib/streamflow`";
        return refuse(
            format!("`{text}` is an address; checkpoints are kept in files"),
            expected,
        );
    }
    Ok(PathBuf::from(text))
}

pub(super) fn from(text: &str) -> Result<From, Refusal> {
    match text {
        "checkpoint" => return Ok(From::Checkpoint),
        "earliest" => return Ok(From::Earliest),
        "latest" => return Ok(From::Latest),
        _ => {}
    }
    if let Some(moment) = text.strip_prefix("timestamp:") {
        return timestamp::parse_ms(moment)
            .map(From::TimestampMs)
            .ok_or_else(|| Refusal {
                found: format!("`{moment}` is no moment"),
                expected: "write `timestamp:2026-11-24T05:00:00Z`, or the milliseconds since 1970"
                    .into(),
            });
    }
    let words = ["checkpoint", "earliest", "latest", "timestamp"];
    unknown(
        text,
        words,
        "give `earliest`, `latest`, `checkpoint` or `timestamp:MOMENT`",
    )
}

pub(super) fn until(text: &str) -> Result<Until, Refusal> {
    match text {
        "caught-up" => Ok(Until::CaughtUp),
        "stopped" => Ok(Until::Stopped),
        _ => unknown(
            text,
            ["caught-up", "stopped"],
            "give `caught-up` or `stopped`",
        ),
    }
}

pub(super) fn through(text: &str) -> Result<Through, Refusal> {
    match text {
        "auto" => Ok(Through::Auto),
        "native" => Ok(Through::Native),
        "rdkafka" => Ok(Through::Rdkafka),
        _ => unknown(
            text,
            ["auto", "native", "rdkafka"],
            "give `auto`, `native` or `rdkafka`",
        ),
    }
}

fn unknown<'k, T>(
    text: &str,
    words: impl IntoIterator<Item = &'k str>,
    expected: &str,
) -> Result<T, Refusal> {
    let near = nearest(text, words).map(|near| format!("did you mean `{near}`?"));
    refuse(
        format!("`{text}` is not known"),
        near.unwrap_or_else(|| expected.to_owned()),
    )
}

pub(super) fn duration(text: &str) -> Result<Duration, Refusal> {
    duration::parse(text).map_err(|error| {
        let text = error.to_string();
        let (found, expected) = text
            .split_once(": ")
            .unwrap_or((&text, "write such as `1s`"));
        Refusal {
            found: found.to_owned(),
            expected: expected.to_owned(),
        }
    })
}

pub(super) fn parallelism(text: &str) -> Result<usize, Refusal> {
    match text.replace('_', "").parse() {
        Ok(workers @ 1..=MOST_WORKERS) => Ok(workers),
        Ok(_) | Err(_) => refuse(
            format!("`{text}` is no number of workers"),
            format!("give a whole number from 1 to {MOST_WORKERS}"),
        ),
    }
}

pub(super) fn memory(text: &str) -> Result<u64, Refusal> {
    size::parse(text)
        .or_else(|found| refuse(found, "give a size such as `512MiB` or `2GiB`".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brokers_are_hosts_with_ports() {
        assert_eq!(brokers("a:9092, b:9093").unwrap(), "a:9092,b:9093");
        assert_eq!(brokers("SSL://a:9092").unwrap(), "SSL://a:9092");
        assert_eq!(brokers("[::1]:9092").unwrap(), "[::1]:9092");
        assert_eq!(brokers("[::1]").unwrap(), "[::1]");
        for text in ["", "a:9092,", ":9092", "a:port", "a:99999", "a b:1"] {
            assert!(brokers(text).is_err(), "{text}");
        }
    }

    #[test]
    fn credentials_in_an_address_are_not_repeated() {
        let refusal = brokers("me:hunter2@a:9092").unwrap_err();
        assert!(!format!("{refusal:?}").contains("hunter2"));
    }

    #[test]
    fn start_is_a_word_or_a_moment() {
        assert_eq!(from("earliest"), Ok(From::Earliest));
        assert_eq!(from("timestamp:5"), Ok(From::TimestampMs(5)));
        assert_eq!(
            from("timestamp:2026-11-24T05:00:00Z"),
            Ok(From::TimestampMs(1_795_496_400_000))
        );
        assert!(
            from("timestamp:soon")
                .unwrap_err()
                .expected
                .contains("2026-11-24T05:00:00Z")
        );
        assert!(
            from("earlist")
                .unwrap_err()
                .expected
                .contains("did you mean `earliest`?")
        );
    }

    #[test]
    fn workers_are_counted_from_one() {
        assert_eq!(parallelism("4"), Ok(4));
        assert!(parallelism("0").is_err());
        assert!(parallelism("-1").is_err());
        assert!(parallelism("5000").is_err());
    }

    #[test]
    fn checkpoints_are_kept_in_files() {
        assert_eq!(checkpoint("ck"), Ok(PathBuf::from("ck")));
        assert!(
            checkpoint("s3://bucket/ck")
                .unwrap_err()
                .found
                .contains("address")
        );
        assert!(checkpoint("").is_err());
    }
}
