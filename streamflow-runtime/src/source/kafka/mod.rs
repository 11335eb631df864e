//! Topics of a Kafka cluster, or of the process itself, behind one reader.

mod damage;
mod in_process;
#[cfg(feature = "kafka")]
mod librdkafka;
#[cfg(feature = "kafka")]
mod native;
#[cfg(feature = "kafka")]
mod share;

use std::sync::Arc;
use std::time::Duration;

use crate::connection::Connection;
use crate::error::Result;
#[cfg(feature = "kafka")]
use crate::kafka::Way;
use crate::record::Record;
use crate::source::{Block, Opening, Partition, PartitionName, Polled, Reader, Source};

/// `from kafka("topic")`.
#[derive(Debug, Clone)]
pub struct KafkaSource {
    topics: Vec<Arc<str>>,
}

impl KafkaSource {
    /// Reads every partition of the topics.
    pub fn new(topics: impl IntoIterator<Item = impl Into<Arc<str>>>) -> Self {
        KafkaSource {
            topics: topics.into_iter().map(Into::into).collect(),
        }
    }
}

impl Source for KafkaSource {
    type Reader = KafkaReader;

    fn open(&self, opening: &Opening<'_>) -> Result<KafkaReader> {
        match opening.connection {
            Connection::InProcess(topics) => {
                in_process::InProcessReader::open(topics, &self.topics, opening)
                    .map(KafkaReader::InProcess)
            }
            #[cfg(feature = "kafka")]
            Connection::Kafka(client) => match client.way() {
                Way::Native(settings) => {
                    native::NativeReader::open(client, settings, &self.topics, opening)
                        .map(|reader| KafkaReader::Native(Box::new(reader)))
                }
                Way::Librdkafka => {
                    librdkafka::LibrdkafkaReader::open(client, &self.topics, opening)
                        .map(KafkaReader::Librdkafka)
                }
            },
        }
    }
}

/// One worker's partitions of the topics.
#[derive(Debug)]
pub enum KafkaReader {
    /// Partitions inside the process.
    InProcess(in_process::InProcessReader),
    /// Partitions of a cluster, as the batches that brokers return.
    #[cfg(feature = "kafka")]
    Native(Box<native::NativeReader>),
    /// Partitions of a cluster, as the messages that librdkafka makes.
    #[cfg(feature = "kafka")]
    Librdkafka(librdkafka::LibrdkafkaReader),
}

impl Reader for KafkaReader {
    type Items<'r> = KafkaItems<'r>;
    type Item<'r> = Record<'r>;

    fn partitions(&self) -> &[Partition] {
        match self {
            KafkaReader::InProcess(reader) => reader.partitions(),
            #[cfg(feature = "kafka")]
            KafkaReader::Native(reader) => reader.partitions(),
            #[cfg(feature = "kafka")]
            KafkaReader::Librdkafka(reader) => reader.partitions(),
        }
    }

    fn poll(&mut self, wait: Duration) -> Result<Polled<KafkaItems<'_>>> {
        match self {
            KafkaReader::InProcess(reader) => Ok(wrap(reader.poll(wait)?, KafkaItems::Batches)),
            #[cfg(feature = "kafka")]
            KafkaReader::Native(reader) => Ok(wrap(reader.poll(wait)?, KafkaItems::Batches)),
            #[cfg(feature = "kafka")]
            KafkaReader::Librdkafka(reader) => Ok(wrap(reader.poll(wait)?, KafkaItems::Librdkafka)),
        }
    }

    fn finish(&mut self) -> Result<()> {
        match self {
            KafkaReader::InProcess(reader) => reader.finish(),
            #[cfg(feature = "kafka")]
            KafkaReader::Native(reader) => reader.finish(),
            #[cfg(feature = "kafka")]
            KafkaReader::Librdkafka(_) => Ok(()),
        }
    }

    fn is_caught_up(&self, partition: usize) -> bool {
        match self {
            KafkaReader::InProcess(reader) => reader.is_caught_up(partition),
            #[cfg(feature = "kafka")]
            KafkaReader::Native(reader) => reader.is_caught_up(partition),
            #[cfg(feature = "kafka")]
            KafkaReader::Librdkafka(reader) => reader.is_caught_up(partition),
        }
    }

    fn shares_again(&self) -> bool {
        match self {
            KafkaReader::InProcess(_) => true,
            #[cfg(feature = "kafka")]
            KafkaReader::Native(_) => true,
            // It fetches with one thread for each broker, whoever gets the messages.
            #[cfg(feature = "kafka")]
            KafkaReader::Librdkafka(_) => false,
        }
    }

    fn release(&mut self, partition: usize) {
        match self {
            KafkaReader::InProcess(reader) => reader.release(partition),
            #[cfg(feature = "kafka")]
            KafkaReader::Native(reader) => reader.release(partition),
            #[cfg(feature = "kafka")]
            KafkaReader::Librdkafka(_) => {}
        }
    }

    fn adopt(&mut self, partition: &PartitionName, next_offset: i64) -> Result<()> {
        match self {
            KafkaReader::InProcess(reader) => reader.adopt(partition, next_offset),
            #[cfg(feature = "kafka")]
            KafkaReader::Native(reader) => reader.adopt(partition, next_offset),
            #[cfg(feature = "kafka")]
            KafkaReader::Librdkafka(_) => Ok(()),
        }
    }
}

fn wrap<I, O>(polled: Polled<I>, items: impl FnOnce(I) -> O) -> Polled<O> {
    match polled {
        Polled::Block(block) => Polled::Block(Block {
            partition: block.partition,
            next_offset: block.next_offset,
            items: items(block.items),
        }),
        Polled::Idle => Polled::Idle,
        Polled::Ended => Polled::Ended,
    }
}

/// The records of one block, wherever their bytes lie.
#[derive(Debug)]
pub enum KafkaItems<'r> {
    /// In record batches.
    Batches(crate::batch::Records<'r>),
    /// In messages that librdkafka owns.
    #[cfg(feature = "kafka")]
    Librdkafka(librdkafka::Messages<'r>),
}

impl<'r> Iterator for KafkaItems<'r> {
    type Item = (i64, Record<'r>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            KafkaItems::Batches(records) => records.next().map(|record| (record.offset, record)),
            #[cfg(feature = "kafka")]
            KafkaItems::Librdkafka(messages) => {
                messages.next().map(|record| (record.offset, record))
            }
        }
    }
}
