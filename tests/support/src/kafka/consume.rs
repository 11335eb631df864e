//! Reads all that is in a topic.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::{Admin, unique};

const READING: Duration = Duration::from_secs(180);
const POLL: Duration = Duration::from_millis(100);

/// A message as it is in a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// The partition it is in.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value; None is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Its headers, in their order; one without a value is empty.
    pub headers: Vec<(String, Vec<u8>)>,
}

fn headers(message: &BorrowedMessage<'_>) -> Vec<(String, Vec<u8>)> {
    let headers = message.headers().into_iter();
    let headers = headers.flat_map(|headers| headers.iter());
    headers
        .map(|header| {
            let value = header.value.unwrap_or_default().to_vec();
            (header.key.to_owned(), value)
        })
        .collect()
}

impl StoredMessage {
    /// The value as text.
    ///
    /// # Panics
    ///
    /// If there is none, or it is not UTF-8.
    pub fn text(&self) -> &str {
        let value = self.value.as_deref().expect("the message has a value");
        str::from_utf8(value).expect("the value is UTF-8")
    }
}

impl Admin {
    /// The messages of a topic from its beginning to its present end, by partition and offset.
    ///
    /// # Panics
    ///
    /// If they cannot be read, or not within three minutes.
    pub fn messages(&self, topic: &str) -> Vec<StoredMessage> {
        let mut messages = Vec::new();
        self.each_message(topic, |message| {
            messages.push(StoredMessage {
                partition: message.partition(),
                offset: message.offset(),
                key: message.key().map(<[u8]>::to_vec),
                value: message.payload().map(<[u8]>::to_vec),
                headers: headers(message),
            });
        });
        messages.sort_unstable_by_key(|message| (message.partition, message.offset));
        messages
    }

    /// The key and the value of each message of a topic from its beginning to its present end, in
    /// the order of each partition.
    ///
    /// # Panics
    ///
    /// If they cannot be read, or not within three minutes.
    pub fn each_key_and_value(
        &self,
        topic: &str,
        mut take: impl FnMut(Option<&[u8]>, Option<&[u8]>),
    ) {
        self.each_message(topic, |message| take(message.key(), message.payload()));
    }

    fn each_message(&self, topic: &str, mut take: impl FnMut(&BorrowedMessage<'_>)) {
        let mut missing = self.ends_of_filled_partitions(topic);
        let consumer = self.consumer_at_beginning(topic, missing.keys().copied());
        let deadline = Instant::now() + READING;
        let mut last_error = None;
        while !missing.is_empty() {
            assert!(
                Instant::now() < deadline,
                "cannot read `{topic}` to the end: before the offsets {missing:?} it stopped \
                 ({last_error:?})"
            );
            match consumer.poll(POLL) {
                None => {}
                // The end of a partition may be a mark of a transaction, which is no message.
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    missing.remove(&partition);
                }
                // librdkafka tries again by itself.
                Some(Err(error)) => last_error = Some(error),
                Some(Ok(message)) => {
                    let partition = message.partition();
                    let Some(&end_offset) = missing.get(&partition) else {
                        continue;
                    };
                    if message.offset() < end_offset {
                        take(&message);
                    }
                    if message.offset() + 1 >= end_offset {
                        missing.remove(&partition);
                    }
                }
            }
        }
    }

    fn ends_of_filled_partitions(&self, topic: &str) -> BTreeMap<i32, i64> {
        let bounds = self.bounds(topic).into_iter();
        let filled = bounds.filter(|(_, (start, end))| start < end);
        filled
            .map(|(partition, (_, end))| (partition, end))
            .collect()
    }

    pub(super) fn consumer_at_beginning(
        &self,
        topic: &str,
        partitions: impl Iterator<Item = i32>,
    ) -> BaseConsumer {
        let consumer: BaseConsumer = self
            .config()
            .set("group.id", unique("reader"))
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "earliest")
            .set("fetch.wait.max.ms", "50")
            // Otherwise it pauses for a second whenever its queue is full.
            .set("fetch.queue.backoff.ms", "5")
            .create()
            .expect("the client's configuration is valid");
        let mut assignment = TopicPartitionList::new();
        for partition in partitions {
            assignment
                .add_partition_offset(topic, partition, Offset::Beginning)
                .expect("the beginning is a valid offset");
        }
        consumer
            .assign(&assignment)
            .expect("partitions can be assigned");
        consumer
    }
}
