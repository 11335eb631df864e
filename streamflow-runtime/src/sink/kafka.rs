//! Sends results as messages to a topic: of a Kafka cluster, or of the process itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::connection::Connection;
use crate::error::{Code, Error, Result};
#[cfg(feature = "kafka")]
use crate::kafka::{Client, Pending, Producer, SendSettings, Sender, Way};
use crate::round::Round;
use crate::sink::{Sink, SinkOpening, Writer, Writes};
use crate::time::Clock;
use crate::topics::{NewRecord, Topics};

/// `to kafka("topic")`.
#[derive(Debug)]
pub struct KafkaSink {
    topic: Arc<str>,
    /// Set when the sink is opened, anew for each run.
    output: Mutex<Option<(Output, Clock)>>,
    /// What the writers of the run have under way.
    #[cfg(feature = "kafka")]
    pending: Mutex<Vec<Pending>>,
}

/// Where the messages go.
#[derive(Debug, Clone)]
enum Output {
    InProcess(Arc<Topics>),
    #[cfg(feature = "kafka")]
    Librdkafka(Arc<Producer>),
    /// With so many partitions.
    #[cfg(feature = "kafka")]
    Native(Arc<SendSettings>, usize),
}

impl KafkaSink {
    /// Sends to this topic.
    pub fn new(topic: &str) -> Self {
        KafkaSink {
            topic: topic.into(),
            output: Mutex::new(None),
            #[cfg(feature = "kafka")]
            pending: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Output, Clock)>> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(feature = "kafka")]
    fn lock_pending(&self) -> MutexGuard<'_, Vec<Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for KafkaSink {
    fn open(&self, opening: &SinkOpening<'_>) -> Result<()> {
        let output = match opening.connection {
            Connection::InProcess(topics) => Output::InProcess(Arc::clone(topics)),
            #[cfg(feature = "kafka")]
            Connection::Kafka(client) => match client.way_out() {
                Way::Native(settings) => {
                    let n_partitions = client.n_partitions_of_output(settings, &self.topic)?;
                    Output::Native(Arc::clone(settings), n_partitions)
                }
                Way::Librdkafka => {
                    let producer = client.producer()?;
                    producer.check_topic(&self.topic)?;
                    Output::Librdkafka(producer)
                }
            },
        };
        #[cfg(feature = "kafka")]
        self.lock_pending().clear();
        *self.lock() = Some((output, opening.clock.clone()));
        Ok(())
    }

    fn publish(&self, _round: &Round) -> Result<()> {
        // Writers send by themselves.
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        match &*self.lock() {
            None | Some((Output::InProcess(_), _)) => Ok(()),
            #[cfg(feature = "kafka")]
            Some((Output::Librdkafka(producer), _)) => producer.flush(),
            #[cfg(feature = "kafka")]
            Some((Output::Native(..), _)) => {
                let pending = self.lock_pending().clone();
                Pending::flush(&pending)
            }
        }
    }

    #[cfg(feature = "kafka")]
    fn note_saved(&self) {
        self.lock_pending().iter().for_each(Pending::note_saved);
    }
}

/// One worker's way to a topic.
#[derive(Debug)]
pub struct KafkaWriter {
    topic: Arc<str>,
    channel: Channel,
    clock: Clock,
    /// The message that is being written.
    key: Vec<u8>,
    has_key: bool,
    value: Vec<u8>,
    headers: WrittenHeaders,
    /// Messages that go on together, in one stretch of bytes.
    bytes: Vec<u8>,
    waiting: Vec<Waiting>,
    /// The headers of those, in one stretch.
    waiting_headers: WrittenHeaders,
}

/// Where the messages of one worker go.
#[derive(Debug)]
enum Channel {
    InProcess(Arc<Topics>),
    #[cfg(feature = "kafka")]
    Librdkafka(Arc<Producer>),
    #[cfg(feature = "kafka")]
    Native(Sender),
}

/// Where a waiting message ends in the bytes, and where its key does, if it has one.
#[derive(Debug)]
struct Waiting {
    key_end: Option<usize>,
    end: usize,
    /// How many headers it has.
    n_headers: usize,
}

/// Headers one behind the other.
#[derive(Debug, Default)]
struct WrittenHeaders {
    names: String,
    values: Vec<u8>,
    /// Where the name and the value of each end.
    ends: Vec<(usize, usize)>,
}

impl WrittenHeaders {
    fn push(&mut self, name: &str, value: &[u8]) {
        self.names.push_str(name);
        self.values.extend_from_slice(value);
        self.ends.push((self.names.len(), self.values.len()));
    }

    fn clear(&mut self) {
        self.names.clear();
        self.values.clear();
        self.ends.clear();
    }

    fn all(&self) -> Vec<(&str, Option<&[u8]>)> {
        let begins = std::iter::once((0, 0)).chain(self.ends.iter().copied());
        let each = begins.zip(&self.ends);
        each.filter_map(|((name, value), (name_end, value_end))| {
            let name = self.names.get(name..*name_end)?;
            Some((name, self.values.get(value..*value_end)))
        })
        .collect()
    }
}

/// Messages go on when a batch of the source is done, or when they are so many bytes.
const MOST_WAITING_BYTES: usize = 256 << 10;

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

    /// Begins the headers of the message that is sent next.
    #[inline]
    pub(crate) fn begin_headers(&mut self) {
        self.headers.clear();
    }

    /// Adds a header to the message that is sent next.
    #[inline]
    pub(crate) fn header(&mut self, name: &str, value: &[u8]) {
        self.headers.push(name, value);
    }

    /// Sends the message that has been written.
    pub(crate) fn send_written(&mut self) -> Result<()> {
        let has_key = std::mem::take(&mut self.has_key);
        #[cfg(feature = "kafka")]
        if let Channel::Librdkafka(producer) = &self.channel {
            let record = NewRecord {
                key: has_key.then_some(self.key.as_slice()),
                value: Some(&self.value),
                headers: &self.headers.all(),
            };
            producer.send(&self.topic, record)?;
            self.headers.clear();
            return Ok(());
        }
        let key_end = has_key.then(|| {
            self.bytes.extend_from_slice(&self.key);
            self.bytes.len()
        });
        self.bytes.extend_from_slice(&self.value);
        let end = self.bytes.len();
        let n_headers = self.headers.ends.len();
        if n_headers > 0 {
            for (name, value) in self.headers.all() {
                self.waiting_headers.push(name, value.unwrap_or_default());
            }
            self.headers.clear();
        }
        self.waiting.push(Waiting {
            key_end,
            end,
            n_headers,
        });
        if end >= MOST_WAITING_BYTES {
            self.deliver()?;
        }
        Ok(())
    }

    /// Takes out what has been written of a value, to be sent in another way.
    pub(crate) fn take_written(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.value)
    }

    /// Gives the room back.
    pub(crate) fn put_written(&mut self, room: Vec<u8>) {
        self.value = room;
        self.value.clear();
    }

    /// Sends a message as it is, behind those that wait.
    pub(crate) fn send_as_it_is(&mut self, record: NewRecord<'_>) -> Result<()> {
        self.deliver()?;
        let now_ms = self.clock.now_ms();
        match &self.channel {
            Channel::InProcess(topics) => topics.append(&self.topic, None, now_ms, [record]),
            #[cfg(feature = "kafka")]
            Channel::Native(sender) => sender.send(now_ms, std::iter::once(record)),
            #[cfg(feature = "kafka")]
            Channel::Librdkafka(producer) => producer.send(&self.topic, record),
        }
    }

    fn deliver(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let now_ms = self.clock.now_ms();
        let mut begin = 0;
        let bytes = &self.bytes;
        let headers = self.waiting_headers.all();
        let mut headers = headers.as_slice();
        let records = self.waiting.drain(..).map(|waiting| {
            let Waiting { key_end, end, .. } = waiting;
            let key = key_end.and_then(|key_end| bytes.get(begin..key_end));
            let value = bytes.get(key_end.unwrap_or(begin)..end);
            begin = end;
            let (of_record, rest) = headers.split_at(waiting.n_headers.min(headers.len()));
            headers = rest;
            NewRecord {
                key,
                value,
                headers: of_record,
            }
        });
        match &self.channel {
            Channel::InProcess(topics) => topics.append(&self.topic, None, now_ms, records)?,
            #[cfg(feature = "kafka")]
            Channel::Native(sender) => sender.send(now_ms, records)?,
            // Its messages do not wait.
            #[cfg(feature = "kafka")]
            Channel::Librdkafka(_) => {}
        }
        self.bytes.clear();
        self.waiting_headers.clear();
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
        let opened = self.lock().clone();
        let (output, clock) = opened.ok_or_else(|| {
            Error::new(Code::Bug, "a sink is written to before it is opened").at(&self.topic)
        })?;
        let channel = match output {
            Output::InProcess(topics) => Channel::InProcess(topics),
            #[cfg(feature = "kafka")]
            Output::Librdkafka(producer) => Channel::Librdkafka(producer),
            #[cfg(feature = "kafka")]
            Output::Native(settings, n_partitions) => {
                let sender = Client::sender(&settings, &self.topic, n_partitions)?;
                self.lock_pending().push(sender.pending());
                Channel::Native(sender)
            }
        };
        Ok(KafkaWriter {
            topic: Arc::clone(&self.topic),
            channel,
            clock,
            key: Vec::new(),
            has_key: false,
            value: Vec::new(),
            headers: WrittenHeaders::default(),
            bytes: Vec::new(),
            waiting: Vec::new(),
            waiting_headers: WrittenHeaders::default(),
        })
    }
}
