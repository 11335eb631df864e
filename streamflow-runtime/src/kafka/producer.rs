//! Sends messages, and remembers the first one that could not be delivered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Message as _, OwnedHeaders};
use rdkafka::producer::{
    BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer,
};

use super::client::ANSWER_WITHIN;
use super::events::Events;
use super::failures::{self, failure};
#[cfg(feature = "tls")]
use super::oauth;
use super::settings;
use crate::batch::NewRecord;
use crate::config::RunConfig;
use crate::error::{Code, Error, Result};

/// How long a full queue is waited for before it is tried again.
const WAIT_FOR_ROOM: Duration = Duration::from_millis(5);

/// Sends the results of one run.
pub(crate) struct Producer {
    producer: ThreadedProducer<Deliveries>,
    brokers: String,
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Producer")
            .field("brokers", &self.brokers)
            .finish_non_exhaustive()
    }
}

/// Hears what became of each message.
#[derive(Debug, Default)]
struct Deliveries {
    events: Events,
    failed: Mutex<Option<Error>>,
    /// Never unset: nothing may be committed any more, whoever has taken the error.
    has_failed: AtomicBool,
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        self.events.log(level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.events.error(error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, outcome: &DeliveryResult<'_>, (): ()) {
        let Err((error, message)) = outcome else {
            // Nothing else tells these events that the brokers are back.
            self.events.answered();
            return;
        };
        let what = format!(
            "a message of {} bytes could not be delivered to `{}`",
            message.payload().map_or(0, <[u8]>::len),
            message.topic()
        );
        self.has_failed.store(true, Ordering::Release);
        self.failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert_with(|| failure(what, error));
    }
}

impl Producer {
    pub(super) fn connect(config: &RunConfig) -> Result<Arc<Self>> {
        let deliveries = Deliveries::default();
        #[cfg(feature = "tls")]
        let tokens = oauth::of(config)?;
        #[cfg(feature = "tls")]
        let deliveries = Deliveries {
            events: deliveries.events.with_tokens(tokens.clone()),
            ..deliveries
        };
        let producer = settings::of_producer(config)
            .create_with_context(deliveries)
            .map_err(|error| failure("cannot make a Kafka producer", &error))?;
        let made = Arc::new(Producer {
            producer,
            brokers: config.brokers.clone().unwrap_or_default(),
        });
        #[cfg(feature = "tls")]
        if let Some(tokens) = tokens {
            oauth::give(&tokens, &made, |made| made.producer.client());
        }
        Ok(made)
    }

    /// Checks that a topic can be written to.
    pub(crate) fn check_topic(&self, topic: &str) -> Result<()> {
        let metadata = self
            .producer
            .client()
            .fetch_metadata(Some(topic), ANSWER_WITHIN)
            .map_err(|error| {
                // What it has heard meanwhile says more than that nobody answers.
                if let Err(heard) = self.producer.context().events.check() {
                    return heard;
                }
                failure(format!("no broker answers at {}", self.brokers), &error)
                    .help("check the address (`--brokers host:port`) and that the cluster is up")
            })?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        match found.map(|found| found.error().map(RDKafkaErrorCode::from)) {
            // A topic that is just being made by the broker has no leader yet.
            Some(None | Some(RDKafkaErrorCode::LeaderNotAvailable)) => Ok(()),
            None | Some(Some(RDKafkaErrorCode::UnknownTopicOrPartition)) => Err(Error::new(
                Code::UnknownOutput,
                format!("there is no topic `{topic}` to write to"),
            )
            .at(&self.brokers)
            .help(format!(
                "create it, for example: kafka-topics.sh --create --topic {topic}"
            ))),
            Some(Some(code)) => Err(failures::of_code(
                format!("cannot write to the topic `{topic}`"),
                code,
            )),
        }
    }

    /// Hands a message over to librdkafka, waiting while its queue is full: the source then
    /// waits too.
    pub(crate) fn send(&self, topic: &str, message: NewRecord<'_>) -> Result<()> {
        let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic);
        record.payload = message.value;
        record.key = message.key;
        if !message.headers.is_empty() {
            let headers = message.headers.iter();
            let headers = headers.fold(OwnedHeaders::new(), |headers, (key, value)| {
                let value = *value;
                headers.insert(Header { key, value })
            });
            record = record.headers(headers);
        }
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((error, refused)) => {
                    if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                        return Err(failure(
                            format!("cannot send to the topic `{topic}`"),
                            &error,
                        ));
                    }
                    self.check()?;
                    record = refused;
                    std::thread::sleep(WAIT_FOR_ROOM);
                }
            }
        }
    }

    /// Returns when every message is acknowledged.
    pub(crate) fn flush(&self) -> Result<()> {
        loop {
            let outcome = self.producer.flush(Duration::from_millis(500));
            self.check()?;
            match outcome {
                Ok(()) => return Ok(()),
                // Messages that are not delivered within `message.timeout.ms` fail, so this ends.
                Err(error)
                    if error.rdkafka_error_code() == Some(RDKafkaErrorCode::OperationTimedOut) => {}
                Err(error) => return Err(failure("cannot flush the results", &error)),
            }
        }
    }

    fn check(&self) -> Result<()> {
        let deliveries: &Arc<Deliveries> = self.producer.context();
        if !deliveries.has_failed.load(Ordering::Acquire) {
            return deliveries.events.check();
        }
        let failed = deliveries
            .failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        Err(failed.unwrap_or_else(|| {
            Error::new(
                Code::BrokerFailed,
                "an earlier message could not be delivered",
            )
        }))
    }
}
