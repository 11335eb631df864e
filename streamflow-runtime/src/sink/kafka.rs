//! Sends results as messages to a topic: of a Kafka cluster, or of the process itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::connection::Connection;
use crate::error::{Code, Error, Result};
#[cfg(feature = "kafka")]
use crate::kafka::Producer;
use crate::round::Round;
use crate::sink::{Sink, SinkOpening, Writer, Writes};
use crate::time::Clock;
use crate::topics::{NewRecord, Topics};

/// `to kafka("topic")`.
#[derive(Debug)]
pub struct KafkaSink {
    topic: Arc<str>,
    /// Set when the sink is opened, anew for each run.
    output: Mutex<Option<Output>>,
}

/// Where the messages go.
#[derive(Debug, Clone)]
enum Output {
    InProcess(Arc<Topics>, Clock),
    #[cfg(feature = "kafka")]
    Cluster(Arc<Producer>),
}

impl KafkaSink {
    /// Sends to this topic.
    pub fn new(topic: &str) -> Self {
        KafkaSink {
            topic: topic.into(),
            output: Mutex::new(None),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Output>> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for KafkaSink {
    fn open(&self, opening: &SinkOpening<'_>) -> Result<()> {
        let output = match opening.connection {
            Connection::InProcess(topics) => {
                Output::InProcess(Arc::clone(topics), opening.clock.clone())
            }
            #[cfg(feature = "kafka")]
            Connection::Kafka(client) => {
                let producer = client.producer()?;
                producer.check_topic(&self.topic)?;
                Output::Cluster(producer)
            }
        };
        *self.lock() = Some(output);
        Ok(())
    }

    fn publish(&self, _round: &Round) -> Result<()> {
        // Writers send by themselves.
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        match &*self.lock() {
            None | Some(Output::InProcess(..)) => Ok(()),
            #[cfg(feature = "kafka")]
            Some(Output::Cluster(producer)) => producer.flush(),
        }
    }
}

/// One worker's way to a topic.
#[derive(Debug)]
pub struct KafkaWriter {
    topic: Arc<str>,
    output: Output,
    /// The message that is being written.
    key: Vec<u8>,
    has_key: bool,
    value: Vec<u8>,
    /// Messages on their way to a topic of the process, in one stretch of bytes.
    bytes: Vec<u8>,
    waiting: Vec<Waiting>,
}

/// Where a waiting message ends in the bytes, and where its key does, if it has one.
#[derive(Debug)]
struct Waiting {
    key_end: Option<usize>,
    end: usize,
}

impl KafkaWriter {
    /// Room for the key of the message that is sent next.
    #[inline]
    pub(crate) fn key(&mut self) -> &mut Vec<u8> {
        self.key.clear();
        self.has_key = true;
        &mut self.key
    }

    /// Room for the value of the message that is sent next.
    #[inline]
    pub(crate) fn value(&mut self) -> &mut Vec<u8> {
        self.value.clear();
        &mut self.value
    }

    /// Sends the message that has been written.
    #[cfg_attr(
        not(feature = "kafka"),
        expect(clippy::unnecessary_wraps, reason = "only a cluster can refuse")
    )]
    pub(crate) fn send_written(&mut self) -> Result<()> {
        let has_key = std::mem::take(&mut self.has_key);
        match &self.output {
            Output::InProcess(..) => {
                let key_end = has_key.then(|| {
                    self.bytes.extend_from_slice(&self.key);
                    self.bytes.len()
                });
                self.bytes.extend_from_slice(&self.value);
                self.waiting.push(Waiting {
                    key_end,
                    end: self.bytes.len(),
                });
                Ok(())
            }
            #[cfg(feature = "kafka")]
            Output::Cluster(producer) => {
                let key = has_key.then_some(self.key.as_slice());
                producer.send(&self.topic, key, &self.value)
            }
        }
    }

    fn deliver(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        match &self.output {
            Output::InProcess(topics, clock) => {
                let mut begin = 0;
                let bytes = &self.bytes;
                let records = self.waiting.drain(..).map(|Waiting { key_end, end }| {
                    let key = key_end.and_then(|key_end| bytes.get(begin..key_end));
                    let value = bytes.get(key_end.unwrap_or(begin)..end);
                    begin = end;
                    NewRecord {
                        key,
                        value,
                        headers: &[],
                    }
                });
                topics.append(&self.topic, None, clock.now_ms(), records)?;
            }
            #[cfg(feature = "kafka")]
            Output::Cluster(_) => {}
        }
        self.bytes.clear();
        Ok(())
    }
}

impl Writer for KafkaWriter {
    fn after_batch(&mut self) -> Result<()> {
        self.deliver()
    }

    fn hand_over(&mut self) -> Result<()> {
        self.deliver()
    }
}

impl Writes for KafkaSink {
    type Writer = KafkaWriter;

    fn writer(self: &Arc<Self>, _worker: usize) -> Result<KafkaWriter> {
        let output = self.lock().clone().ok_or_else(|| {
            Error::new(Code::Bug, "a sink is written to before it is opened").at(&self.topic)
        })?;
        Ok(KafkaWriter {
            topic: Arc::clone(&self.topic),
            output,
            key: Vec::new(),
            has_key: false,
            value: Vec::new(),
            bytes: Vec::new(),
            waiting: Vec::new(),
        })
    }
}
