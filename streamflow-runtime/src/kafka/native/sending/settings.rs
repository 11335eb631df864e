//! What of the settings of a run concerns the sending of results, and what stands in its way.

use std::sync::Arc;
use std::time::Duration;

use crate::batch::Codec;
use crate::config::RunConfig;
use crate::kafka::native::Settings;
use crate::kafka::native::settings::{none_is_set, property};

/// How results are sent.
#[derive(Debug, Clone)]
pub(crate) struct SendSettings {
    /// How brokers are reached.
    pub(in crate::kafka) connecting: Arc<Settings>,
    pub(super) codec: Codec,
    /// How long a batch that is not full waits for more.
    pub(super) linger: Duration,
    /// The most bytes of a batch, before they are packed.
    pub(super) batch_bytes: usize,
    /// The most bytes of one record.
    pub(super) most_record_bytes: usize,
    /// How long a broker may wait for its replicas.
    pub(super) replicas_within_ms: i32,
    /// How long a batch may be on its way before the run ends.
    pub(super) deliver_within: Duration,
}

/// A broker takes batches of 1,048,588 bytes unless it is told otherwise.
const BATCH_BYTES: usize = 512 << 10;
const MOST_RECORD_BYTES: usize = 1_000_000;
const REPLICAS_WITHIN_MS: i32 = 30_000;
const DELIVER_WITHIN_MS: u64 = 300_000;
const LONGEST_LINGER: Duration = Duration::from_secs(900);

/// Properties of librdkafka that change how it sends, in a way that is not known here.
const LIBRDKAFKA_ONLY: [&str; 17] = [
    "partitioner",
    "compression.level",
    "queue.buffering.max.messages",
    "queue.buffering.max.kbytes",
    "queue.buffering.backpressure.threshold",
    "batch.num.messages",
    "sticky.partitioning.linger.ms",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "retries",
    "message.send.max.retries",
    "retry.backoff.ms",
    "retry.backoff.max.ms",
    "enable.gapless.guarantee",
    "queuing.strategy",
    "message.copy.max.bytes",
    "delivery.report.only.error",
];

impl SendSettings {
    /// Reads the settings of a run; what in them only librdkafka can do, in words, if there is
    /// something.
    pub(in crate::kafka) fn of(config: &RunConfig) -> Result<Self, String> {
        let connecting = Settings::of(config)?;
        none_is_set(config, &LIBRDKAFKA_ONLY)?;
        let codec = match property(config, &["compression.codec", "compression.type"]) {
            None => Codec::None,
            Some(name) => Codec::named(name).ok_or(format!("`compression.type` is `{name}`"))?,
        };
        let number = |names: &[&str], otherwise: u64| match property(config, names) {
            None => Ok(otherwise),
            Some(text) => text
                .trim()
                .parse()
                .map_err(|_| format!("`{}` is `{text}`", names[0])),
        };
        let size = |names: &[&str], otherwise: usize| {
            let otherwise = u64::try_from(otherwise).unwrap_or(u64::MAX);
            number(names, otherwise).map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
        };
        let milliseconds =
            |names: &[&str], otherwise| number(names, otherwise).map(Duration::from_millis);
        let replicas = number(
            &["request.timeout.ms"],
            u64::from(REPLICAS_WITHIN_MS.unsigned_abs()),
        )?;
        let most_record_bytes = size(&["message.max.bytes"], MOST_RECORD_BYTES)?;
        let deliver_within = milliseconds(
            &["message.timeout.ms", "delivery.timeout.ms"],
            DELIVER_WITHIN_MS,
        )?;
        Ok(SendSettings {
            connecting: Arc::new(connecting),
            codec,
            linger: milliseconds(&["linger.ms", "queue.buffering.max.ms"], 0)?.min(LONGEST_LINGER),
            batch_bytes: size(&["batch.size"], BATCH_BYTES)?.min(most_record_bytes),
            most_record_bytes,
            replicas_within_ms: i32::try_from(replicas).unwrap_or(i32::MAX),
            // As librdkafka has it, none is for ever.
            deliver_within: if deliver_within.is_zero() {
                Duration::MAX
            } else {
                deliver_within
            },
        })
    }
}

impl SendSettings {
    /// How batches are packed.
    pub(in crate::kafka) fn codec(&self) -> Codec {
        self.codec
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;

    const PLAN: Plan = Plan::empty("user_access");

    fn settings(properties: &[(&str, &str)]) -> Result<SendSettings, String> {
        let named = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
        SendSettings::of(&RunConfig {
            brokers: Some("a:9092".into()),
            properties: properties.iter().map(named).collect(),
            ..RunConfig::of(&PLAN).unwrap()
        })
    }

    #[test]
    fn properties_of_librdkafka_count_where_they_are_about_sending() {
        let found = settings(&[
            ("compression.type", "zstd"),
            ("linger.ms", "20"),
            ("message.timeout.ms", "1500"),
            ("batch.size", "1000"),
        ]);
        let found = found.unwrap();
        assert_eq!(found.codec, Codec::Zstd);
        assert_eq!(found.linger, Duration::from_millis(20));
        assert_eq!(found.deliver_within, Duration::from_millis(1_500));
        assert_eq!(found.batch_bytes, 1_000);
        let limits = [("message.max.bytes", "5000"), ("message.timeout.ms", "0")];
        let found = settings(&limits).unwrap();
        assert_eq!(
            found.batch_bytes, 5_000,
            "a batch is no larger than a message"
        );
        assert_eq!(found.deliver_within, Duration::MAX);
    }

    #[test]
    fn what_only_librdkafka_can_do_is_said() {
        let why = |properties: &[_]| settings(properties).unwrap_err();
        assert_eq!(why(&[("partitioner", "fnv1a")]), "`partitioner` is set");
        assert_eq!(why(&[("linger.ms", "0.5")]), "`linger.ms` is `0.5`");
        let codec = [("compression.codec", "inherit")];
        assert_eq!(why(&codec), "`compression.type` is `inherit`");
        assert!(settings(&[]).is_ok());
    }
}
