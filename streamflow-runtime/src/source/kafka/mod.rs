//! Topics of a Kafka cluster, or of the process itself, behind one reader.

mod cut;
mod damage;
mod in_process;
#[cfg(feature = "kafka")]
mod librdkafka;
#[cfg(feature = "kafka")]
mod native;
mod reads;
#[cfg(feature = "kafka")]
mod share;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use crate::connection::Connection;
use crate::error::Result;
#[cfg(feature = "kafka")]
use crate::kafka::Way;
use crate::record::Record;
use crate::source::{Block, Opening, Partition, PartitionName, Polled, Reader, Source};
use reads::Pace;
pub use reads::Reads;
pub(crate) use wanted::Wanted;

/// `from kafka("topic")`.
#[derive(Debug, Clone)]
pub struct KafkaSource {
    topics: Wanted,
    reads: Reads,
}

impl KafkaSource {
    /// Reads every partition of the topics.
    pub fn new(topics: impl IntoIterator<Item = impl Into<Arc<str>>>) -> Self {
        KafkaSource {
            topics: Wanted::Named(topics.into_iter().map(Into::into).collect()),
            reads: Reads::default(),
        }
    }

    /// Reads every partition of the topics whose whole names match a regular expression, also of those
    /// that are created later.
    pub fn matching(pattern: &str) -> Self {
        KafkaSource {
            topics: Wanted::matching(pattern),
            reads: Reads::default(),
        }
    }

    /// The same topics, read as a job says.
    #[must_use]
    pub fn reading(mut self, reads: Reads) -> Self {
        self.reads = reads;
        self
    }
}

impl Source for KafkaSource {
    type Reader = KafkaReader;

    fn open(&self, opening: &Opening<'_>) -> Result<KafkaReader> {
        let KafkaSource { topics, reads } = self;
        topics.check()?;
        reads.check()?;
        let way = match opening.connection {
            Connection::InProcess(inside) => {
                in_process::InProcessReader::open(inside, topics, reads, opening)
                    .map(WayIn::InProcess)
            }
            #[cfg(feature = "kafka")]
            Connection::Kafka(client) => match client.way() {
                Way::Native(settings) => {
                    native::NativeReader::open(client, settings, (topics, reads), opening)
                        .map(|reader| WayIn::Native(Box::new(reader)))
                }
                Way::Librdkafka => {
                    librdkafka::LibrdkafkaReader::open(client, (topics, reads), opening)
                        .map(WayIn::Librdkafka)
                }
            },
        }?;
        let pace = reads.pace(way.partitions());
        Ok(KafkaReader { way, pace })
    }
}

/// One worker's partitions of the topics.
#[derive(Debug)]
pub struct KafkaReader {
    way: WayIn,
    /// What holds it to a rate, if the job names one.
    pace: Option<Pace>,
}

/// Where one worker's partitions of the topics are.
#[derive(Debug)]
enum WayIn {
    /// Partitions inside the process.
    InProcess(in_process::InProcessReader),
    /// Partitions of a cluster, as the batches that brokers return.
    #[cfg(feature = "kafka")]
    Native(Box<native::NativeReader>),
    /// Partitions of a cluster, as the messages that librdkafka makes.
    #[cfg(feature = "kafka")]
    Librdkafka(librdkafka::LibrdkafkaReader),
}

impl WayIn {
    fn partitions(&self) -> &[Partition] {
        match self {
            WayIn::InProcess(reader) => reader.partitions(),
            #[cfg(feature = "kafka")]
            WayIn::Native(reader) => reader.partitions(),
            #[cfg(feature = "kafka")]
            WayIn::Librdkafka(reader) => reader.partitions(),
        }
    }
}

impl Reader for KafkaReader {
    type Items<'r> = KafkaItems<'r>;
    type Item<'r> = Record<'r>;

    fn partitions(&self) -> &[Partition] {
        self.way.partitions()
    }

    fn poll(&mut self, wait: Duration) -> Result<Polled<KafkaItems<'_>>> {
        let Some(pace) = &mut self.pace else {
            return self.way.poll(wait);
        };
        if !pace.is_free(wait) {
            return Ok(Polled::Idle);
        }
        // Asked first: a block borrows from its reader.
        let partitions = self.way.partitions().to_vec();
        let polled = self.way.poll(wait)?;
        if let Polled::Block(block) = &polled {
            pace.took(block, &partitions);
        }
        Ok(polled)
    }

    fn limit(&mut self, records: u64) {
        match &mut self.way {
            WayIn::InProcess(reader) => reader.limit(records),
            #[cfg(feature = "kafka")]
            WayIn::Native(reader) => reader.limit(records),
            // Its messages are handed out as it has gathered them.
            #[cfg(feature = "kafka")]
            WayIn::Librdkafka(_) => {}
        }
    }

    fn finish(&mut self) -> Result<()> {
        self.way.finish()
    }

    fn is_caught_up(&self, partition: usize) -> bool {
        self.way.is_caught_up(partition)
    }

    fn shares_again(&self) -> bool {
        self.way.shares_again()
    }

    fn release(&mut self, partition: usize) {
        self.way.release(partition);
    }

    fn adopt(&mut self, partition: &PartitionName, next_offset: i64) -> Result<()> {
        self.way.adopt(partition, next_offset)
    }
}

impl WayIn {
    fn poll(&mut self, wait: Duration) -> Result<Polled<KafkaItems<'_>>> {
        match self {
            WayIn::InProcess(reader) => Ok(wrap(reader.poll(wait)?, KafkaItems::Batches)),
            #[cfg(feature = "kafka")]
            WayIn::Native(reader) => Ok(wrap(reader.poll(wait)?, KafkaItems::Batches)),
            #[cfg(feature = "kafka")]
            WayIn::Librdkafka(reader) => Ok(wrap(reader.poll(wait)?, KafkaItems::Librdkafka)),
        }
    }

    fn finish(&mut self) -> Result<()> {
        match self {
            WayIn::InProcess(reader) => reader.finish(),
            #[cfg(feature = "kafka")]
            WayIn::Native(reader) => reader.finish(),
            #[cfg(feature = "kafka")]
            WayIn::Librdkafka(_) => Ok(()),
        }
    }

    fn is_caught_up(&self, partition: usize) -> bool {
        match self {
            WayIn::InProcess(reader) => reader.is_caught_up(partition),
            #[cfg(feature = "kafka")]
            WayIn::Native(reader) => reader.is_caught_up(partition),
            #[cfg(feature = "kafka")]
            WayIn::Librdkafka(reader) => reader.is_caught_up(partition),
        }
    }

    fn shares_again(&self) -> bool {
        match self {
            WayIn::InProcess(_) => true,
            #[cfg(feature = "kafka")]
            WayIn::Native(_) => true,
            // It fetches with one thread for each broker, whoever gets the messages.
            #[cfg(feature = "kafka")]
            WayIn::Librdkafka(_) => false,
        }
    }

    fn release(&mut self, partition: usize) {
        match self {
            WayIn::InProcess(reader) => reader.release(partition),
            #[cfg(feature = "kafka")]
            WayIn::Native(reader) => reader.release(partition),
            #[cfg(feature = "kafka")]
            WayIn::Librdkafka(_) => {}
        }
    }

    fn adopt(&mut self, partition: &PartitionName, next_offset: i64) -> Result<()> {
        match self {
            WayIn::InProcess(reader) => reader.adopt(partition, next_offset),
            #[cfg(feature = "kafka")]
            WayIn::Native(reader) => reader.adopt(partition, next_offset),
            #[cfg(feature = "kafka")]
            WayIn::Librdkafka(_) => Ok(()),
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
