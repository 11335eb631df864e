//! Takes the messages of a topic one by one as they arrive.

use std::time::Duration;

use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;

use super::Admin;

/// A reader of a topic, from its beginning, that does not stop at its end.
pub struct Arrivals {
    consumer: BaseConsumer,
    topic: String,
}

impl std::fmt::Debug for Arrivals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arrivals")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl Admin {
    /// Begins to read a topic.
    ///
    /// # Panics
    ///
    /// If the broker refuses.
    pub fn arrivals(&self, topic: &str) -> Arrivals {
        Arrivals {
            consumer: self.consumer_at_beginning(topic, self.bounds(topic).into_keys()),
            topic: topic.to_owned(),
        }
    }
}

impl Arrivals {
    /// What `take` makes of key and value of the next message, if one comes in time.
    ///
    /// # Panics
    ///
    /// If the topic cannot be read.
    pub fn next<T>(
        &self,
        patience: Duration,
        take: impl FnOnce(Option<&[u8]>, Option<&[u8]>) -> T,
    ) -> Option<T> {
        match self.consumer.poll(patience)? {
            Ok(message) => Some(take(message.key(), message.payload())),
            // Its end is where the next message will be.
            Err(KafkaError::PartitionEOF(_)) => None,
            Err(error) => panic!("cannot read `{}`: {error}", self.topic),
        }
    }
}
