//! Writes many messages to a topic, fast.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};

use super::Admin;
use crate::waiting::{PATIENCE, retried};

const MESSAGE_TIMEOUT_MS: &str = "120000";
pub(super) const FLUSH: Duration = Duration::from_secs(180);
/// How many sends pass between two looks at what has been delivered.
pub(super) const SENDS_PER_POLL: u64 = 1000;

/// A message to be produced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value; None is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Where it goes; None leaves that to the key, or to chance.
    pub partition: Option<i32>,
    /// Its headers, each with a name and perhaps a value.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// Its time, in milliseconds since the Unix epoch; None is now.
    pub timestamp_ms: Option<i64>,
}

impl From<&str> for Message {
    fn from(value: &str) -> Self {
        Message {
            value: Some(value.into()),
            ..Message::default()
        }
    }
}

impl From<String> for Message {
    fn from(value: String) -> Self {
        Message {
            value: Some(value.into()),
            ..Message::default()
        }
    }
}

impl Message {
    /// The same with a key.
    #[must_use]
    pub fn with_key(self, key: impl Into<Vec<u8>>) -> Self {
        Message {
            key: Some(key.into()),
            ..self
        }
    }

    /// A message without a value.
    pub fn tombstone(key: impl Into<Vec<u8>>) -> Self {
        Message::default().with_key(key)
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: Option<&[u8]>) -> Self {
        let value = value.map(<[u8]>::to_vec);
        self.headers.push((name.to_owned(), value));
        self
    }

    /// The same at a time.
    #[must_use]
    pub fn at_ms(self, timestamp_ms: i64) -> Self {
        Message {
            timestamp_ms: Some(timestamp_ms),
            ..self
        }
    }

    /// The same for a partition.
    #[must_use]
    pub fn for_partition(self, partition: i32) -> Self {
        Message {
            partition: Some(partition),
            ..self
        }
    }
}

/// How batches of messages are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// With gzip.
    Gzip,
    /// With Snappy.
    Snappy,
    /// With LZ4.
    Lz4,
    /// With Zstandard.
    Zstd,
}

impl Compression {
    /// All of them.
    pub const ALL: [Compression; 5] = [
        Compression::None,
        Compression::Gzip,
        Compression::Snappy,
        Compression::Lz4,
        Compression::Zstd,
    ];

    /// Its name.
    pub fn codec(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Snappy => "snappy",
            Compression::Lz4 => "lz4",
            Compression::Zstd => "zstd",
        }
    }
}

impl Admin {
    /// Produces the messages, each once and in order, and returns how many there were when the
    /// broker has them all.
    ///
    /// # Panics
    ///
    /// If one could not be delivered.
    pub fn produce(
        &self,
        topic: &str,
        messages: impl IntoIterator<Item = Message>,
        compression: Compression,
    ) -> u64 {
        self.produce_with(topic, messages, compression, &[])
    }

    /// The same with properties of librdkafka's, such as `batch.num.messages`.
    ///
    /// # Panics
    ///
    /// If a message could not be delivered.
    pub fn produce_with(
        &self,
        topic: &str,
        messages: impl IntoIterator<Item = Message>,
        compression: Compression,
        properties: &[(&str, &str)],
    ) -> u64 {
        let producer = self.producer(compression, properties);
        let mut n_sent = 0;
        for message in messages {
            send(&producer, topic, &message);
            n_sent += 1;
            if n_sent % SENDS_PER_POLL == 0 {
                producer.poll(Duration::ZERO);
            }
        }
        producer
            .flush(FLUSH)
            .unwrap_or_else(|error| panic!("cannot flush to `{topic}`: {error}"));
        producer.context().check(topic, n_sent);
        n_sent
    }

    pub(super) fn producer(
        &self,
        compression: Compression,
        properties: &[(&str, &str)],
    ) -> BaseProducer<Deliveries> {
        let mut config = self.config();
        config
            .set("enable.idempotence", "true")
            .set("compression.codec", compression.codec())
            .set("linger.ms", "20")
            .set("batch.num.messages", "20000")
            .set("batch.size", "1000000")
            .set("message.max.bytes", "10000000")
            .set("queue.buffering.max.messages", "400000")
            .set("message.timeout.ms", MESSAGE_TIMEOUT_MS);
        for (name, value) in properties {
            config.set(*name, *value);
        }
        config
            .create_with_context(Deliveries::default())
            .expect("the client's configuration is valid")
    }

    /// A producer of transactions, one after the other.
    ///
    /// # Panics
    ///
    /// If the broker refuses it.
    pub fn transactions(&self, id: &str) -> Transactions {
        let properties = [
            ("transactional.id", id),
            ("transaction.timeout.ms", MESSAGE_TIMEOUT_MS),
        ];
        let producer = self.producer(Compression::Lz4, &properties);
        retried("beginning with transactions", || {
            producer.init_transactions(PATIENCE)
        });
        Transactions { producer }
    }
}

/// A producer of transactions.
pub struct Transactions {
    producer: BaseProducer<Deliveries>,
}

impl std::fmt::Debug for Transactions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transactions").finish_non_exhaustive()
    }
}

#[expect(
    clippy::missing_panics_doc,
    reason = "each does when the broker refuses, as all of `Admin` does"
)]
impl Transactions {
    /// Begins a transaction.
    pub fn begin(&self) {
        self.producer
            .begin_transaction()
            .expect("a transaction can begin");
    }

    /// Sends messages in the transaction; they are at the broker when this returns.
    pub fn send(&self, topic: &str, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            send(&self.producer, topic, &message);
        }
        self.producer
            .flush(FLUSH)
            .unwrap_or_else(|error| panic!("cannot flush to `{topic}`: {error}"));
    }

    /// Ends the transaction: its messages count.
    pub fn commit(&self) {
        self.producer
            .commit_transaction(PATIENCE)
            .expect("a transaction can be committed");
    }

    /// Ends the transaction: its messages do not count.
    pub fn abort(&self) {
        self.producer
            .abort_transaction(PATIENCE)
            .expect("a transaction can be aborted");
    }
}

pub(super) fn send(producer: &BaseProducer<Deliveries>, topic: &str, message: &Message) {
    let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic);
    if let Some(value) = &message.value {
        record = record.payload(value);
    }
    if let Some(key) = &message.key {
        record = record.key(key);
    }
    if let Some(partition) = message.partition {
        record = record.partition(partition);
    }
    if let Some(timestamp_ms) = message.timestamp_ms {
        record = record.timestamp(timestamp_ms);
    }
    if !message.headers.is_empty() {
        let mut headers = OwnedHeaders::new();
        for (key, value) in &message.headers {
            headers = headers.insert(Header {
                key,
                value: value.as_ref(),
            });
        }
        record = record.headers(headers);
    }
    loop {
        match producer.send(record) {
            Ok(()) => return,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), unsent)) => {
                record = unsent;
                producer.poll(Duration::from_millis(20));
            }
            Err((error, _)) => panic!("cannot produce to `{topic}`: {error}"),
        }
    }
}

/// What librdkafka says became of the messages.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    n_delivered: AtomicU64,
    first_error: Mutex<Option<KafkaError>>,
}

impl Deliveries {
    pub(super) fn check(&self, topic: &str, n_sent: u64) {
        let first_error = self
            .first_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = &*first_error {
            panic!("a message to `{topic}` was not delivered: {error}");
        }
        let n_delivered = self.n_delivered.load(Ordering::Relaxed);
        assert_eq!(
            n_delivered, n_sent,
            "messages to `{topic}` delivered, and sent"
        );
    }
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(_) => {
                self.n_delivered.fetch_add(1, Ordering::Relaxed);
            }
            Err((error, _)) => {
                let mut first_error = self
                    .first_error
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                first_error.get_or_insert_with(|| error.clone());
            }
        }
    }
}
