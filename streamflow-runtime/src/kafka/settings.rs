//! What librdkafka is told: settings that a job relies on, tuned ones, and the user's own.

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

#[cfg(feature = "tls")]
use super::oauth;
use crate::config::RunConfig;

/// Settings without which a job could lose or double records. `config::properties` refuses them
/// to users.
const RELIED_UPON: [(&str, &str); 8] = [
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    ("auto.offset.reset", "error"),
    ("check.crcs", "true"),
    ("isolation.level", "read_committed"),
    ("allow.auto.create.topics", "false"),
    // The end of a partition may lie behind its last record: behind the mark of a transaction.
    ("enable.partition.eof", "true"),
    ("group.protocol", "classic"),
];

/// Measured with the benchmark `drain`. `fetch.queue.backoff.ms` alone is worth a factor of three,
/// as librdkafka otherwise pauses for a second whenever its queue is full. Fetches of 256 KiB take
/// 15 % less processor time for a record than those of 1 MiB, and half as much as those of 4 MiB:
/// the messages of one are then still in the cache when the job comes to them.
const TUNED_READING: [(&str, &str); 5] = [
    ("queued.min.messages", "200000"),
    ("queued.max.messages.kbytes", "65536"),
    ("fetch.queue.backoff.ms", "5"),
    ("fetch.message.max.bytes", "262144"),
    ("fetch.wait.max.ms", "50"),
];

/// Keys go where Kafka's Java client, and streamflow's own connections, send them.
const TUNED_WRITING: [(&str, &str); 5] = [
    ("partitioner", "murmur2_random"),
    ("enable.idempotence", "true"),
    ("acks", "all"),
    ("linger.ms", "5"),
    ("queue.buffering.max.messages", "1000000"),
];

fn common(config: &RunConfig, tuned: &[(&str, &str)]) -> ClientConfig {
    let mut client = ClientConfig::new();
    client.set(
        "bootstrap.servers",
        config.brokers.as_deref().unwrap_or_default(),
    );
    client.set("client.id", "streamflow");
    for (name, value) in tuned {
        client.set(*name, *value);
    }
    for (name, value) in &config.properties {
        #[cfg(feature = "tls")]
        if oauth::is_read_here(&config.properties, name) {
            continue;
        }
        client.set(name, value);
    }
    client.set_log_level(RDKafkaLogLevel::Info);
    client
}

pub(super) fn of_consumer(config: &RunConfig) -> ClientConfig {
    let mut client = common(config, &TUNED_READING);
    client.set("group.id", &config.group);
    for (name, value) in RELIED_UPON {
        client.set(name, value);
    }
    client
}

pub(super) fn of_producer(config: &RunConfig) -> ClientConfig {
    common(config, &TUNED_WRITING)
}
