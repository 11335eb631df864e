//! One client of a Kafka cluster: which partitions there are, and which of them are read.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::{Metadata, MetadataPartition};
use rdkafka::types::RDKafka;
use rdkafka::{Offset, TopicPartitionList};

use super::committer::Committer;
use super::events::Events;
use super::failures::{self, failure};
use super::group::Group;
use super::native::{self, Assigned, Dispatcher};
#[cfg(feature = "tls")]
use super::oauth::{self, Tokens};
use super::starts::Start;
use super::{Producer, Way, settings, way};
use crate::config::{RunConfig, nearest};
use crate::connection::Patience;
use crate::error::{Code, Error, Result};
use crate::source::PartitionName;
use crate::source::kafka::Wanted;

/// The longest that a broker may take to answer while a job starts.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(6);

/// The longest that a look for new partitions may take.
pub(super) const LOOK_WITHIN: Duration = Duration::from_secs(1);

/// How often new partitions are looked for, where `topic.metadata.refresh.interval.ms` says
/// nothing else.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// The connection of one run to a Kafka cluster.
pub struct Client {
    consumer: Arc<BaseConsumer<Events>>,
    config: RunConfig,
    way: Way<native::Settings>,
    way_out: Way<native::SendSettings>,
    health: Arc<native::Health>,
    /// How often new partitions are looked for.
    look_every: Duration,
    group: Group,
    committer: Committer,
    /// What each source of the job begins with, by the number of its stage.
    starts: Mutex<Starts>,
    /// The partitions that are read, and from where.
    reading: Mutex<Vec<Start>>,
    producer: OnceLock<Arc<Producer>>,
}

/// What the sources of a job begin with, as far as it has been found out.
#[derive(Debug, Default)]
struct Starts {
    known: Vec<OfSource>,
    /// Why one worker has tried in vain: the others need not wait for the same answer.
    failed: Option<Error>,
}

/// What one source begins with.
#[derive(Debug)]
struct OfSource {
    stage: usize,
    starts: Arc<[Start]>,
    /// When new partitions were last looked for.
    looked: Instant,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Makes a client. Whether a broker answers is seen when the first topic is opened.
    pub(crate) fn connect(config: &RunConfig) -> Result<Self> {
        // First of all, as brokers say no more than that a token is missing.
        #[cfg(feature = "tls")]
        let tokens = tokens(config)?;
        let (way, way_out) = way::taken(config)?;
        let events = Events::default();
        #[cfg(feature = "tls")]
        let events = events.with_tokens(tokens.clone());
        let consumer: BaseConsumer<Events> = settings::of_consumer(config)
            .create_with_context(events)
            .map_err(|error| failure("cannot make a Kafka client", &error))?;
        let consumer = Arc::new(consumer);
        #[cfg(feature = "tls")]
        if let Some(tokens) = tokens {
            oauth::give(&tokens, &consumer, |consumer| consumer.client());
        }
        Ok(Client {
            health: Arc::new(native::Health::new(Arc::clone(consumer.context()))),
            consumer,
            config: config.clone(),
            way,
            way_out,
            look_every: look_every(config),
            group: Group::new(&config.group),
            committer: Committer::default(),
            starts: Mutex::default(),
            reading: Mutex::default(),
            producer: OnceLock::new(),
        })
    }

    pub(super) fn consumer(&self) -> &BaseConsumer<Events> {
        &self.consumer
    }

    /// In which way the records of this run are read.
    pub(crate) fn way(&self) -> &Way<native::Settings> {
        &self.way
    }

    /// Starts to fetch partitions over connections of our own.
    pub(crate) fn dispatch(
        &self,
        settings: &Arc<native::Settings>,
        partitions: Vec<Assigned>,
    ) -> Result<Dispatcher> {
        let (settings, health) = (Arc::clone(settings), Arc::clone(&self.health));
        Dispatcher::start(settings, health, self.config.parallelism, partitions)
    }

    /// What librdkafka calls this client.
    pub(super) fn handle(&self) -> *mut RDKafka {
        self.consumer.client().native_ptr()
    }

    /// The partitions of a topic, by number.
    pub(super) fn partitions(&self, topic: &str) -> Result<Vec<i32>> {
        let metadata = self
            .consumer
            .fetch_metadata(Some(topic), ANSWER_WITHIN)
            .map_err(|error| self.unreachable(&error))?;
        self.consumer.context().answered();
        partitions_in(&metadata, topic).map_err(|code| self.no_topic(topic, code))
    }

    /// The same while the job runs: quick to give up, as it is asked again later.
    pub(super) fn partitions_now(&self, topic: &str) -> Result<Vec<i32>> {
        let failed = |error| failure("cannot look for new partitions", &error);
        let metadata = self
            .consumer
            .fetch_metadata(Some(topic), LOOK_WITHIN)
            .map_err(failed)?;
        partitions_in(&metadata, topic).map_err(|code| self.no_topic(topic, code))
    }

    fn no_topic(&self, topic: &str, code: Option<RDKafkaErrorCode>) -> Error {
        match code {
            None | Some(RDKafkaErrorCode::UnknownTopicOrPartition) => {
                let known = self.topics();
                let near = nearest(topic, known.iter().map(String::as_str));
                let advice = near.map_or_else(
                    || format!("create it, for example: kafka-topics.sh --create --topic {topic}"),
                    |near| format!("did you mean `{near}`?"),
                );
                Error::new(Code::UnknownInput, format!("there is no topic `{topic}`"))
                    .at(self.config.brokers.as_deref().unwrap_or_default())
                    .help(advice)
            }
            Some(code) => failures::of_code(format!("cannot read the topic `{topic}`"), code),
        }
    }

    /// The names of all topics, to find the one that was meant.
    fn topics(&self) -> Vec<String> {
        // Only the suggestion is lost.
        self.topics_within(ANSWER_WITHIN).unwrap_or_default()
    }

    /// The names of all topics, if a broker tells them in time.
    pub(super) fn topics_within(&self, within: Duration) -> KafkaResult<Vec<String>> {
        let metadata = self.consumer.fetch_metadata(None, within)?;
        let topics = metadata.topics().iter();
        Ok(topics.map(|topic| topic.name().to_owned()).collect())
    }

    /// Why no broker has answered. What librdkafka heard is still in its event queue.
    pub(super) fn unreachable(&self, error: &KafkaError) -> Error {
        for _ in 0..100 {
            if let Some(Err(heard)) = self.consumer.poll(Duration::from_millis(1)) {
                self.consumer.context().report(&heard);
            }
        }
        if let Err(fatal) = self.consumer.context().check() {
            return fatal;
        }
        let brokers = self.config.brokers.as_deref().unwrap_or_default();
        let may_be_down = error.rdkafka_error_code().is_none_or(|code| {
            matches!(
                code,
                RDKafkaErrorCode::BrokerTransportFailure
                    | RDKafkaErrorCode::OperationTimedOut
                    | RDKafkaErrorCode::AllBrokersDown
                    | RDKafkaErrorCode::Resolve
            )
        });
        if !may_be_down {
            return failure("a broker refused the request", error).at(brokers);
        }
        let reason = self.consumer.context().reason();
        Error::new(
            Code::BrokerUnreachable,
            format!(
                "no broker answers at {brokers} within {} s",
                ANSWER_WITHIN.as_secs()
            ),
        )
        .caused_by(reason.unwrap_or_else(|| "no reason given".to_owned()))
        .help("check the address (`--brokers host:port`) and that the cluster is up")
    }

    /// What a source of the job begins with: computed once, by the worker that asks first, so
    /// that all agree.
    pub(crate) fn starts(
        &self,
        stage: usize,
        find: impl FnOnce() -> Result<Vec<Start>>,
    ) -> Result<Arc<[Start]>> {
        let mut starts = self.lock_starts();
        if let Some(error) = &starts.failed {
            return Err(error.told_again());
        }
        if let Some(known) = starts.known.iter().find(|known| known.stage == stage) {
            return Ok(Arc::clone(&known.starts));
        }
        match find() {
            Ok(found) => {
                let found: Arc<[Start]> = found.into();
                starts.known.push(OfSource {
                    stage,
                    starts: Arc::clone(&found),
                    looked: Instant::now(),
                });
                Ok(found)
            }
            Err(error) => {
                starts.failed = Some(error.told_again());
                Err(error)
            }
        }
    }

    /// Adds partitions that a topic was given since; each is read from its beginning.
    ///
    /// Brokers are asked now and then only; what goes wrong with that is left to the next time.
    pub(crate) fn look_for_partitions(&self, stage: usize, topics: &Wanted) {
        let Some(known) = self.due_for_a_look(stage) else {
            return;
        };
        match self.new_partitions(topics, &known) {
            Ok(new) if new.is_empty() => {}
            Ok(new) => {
                for start in &new {
                    tracing::warn!(
                        "new partition {}: it is read from its beginning",
                        start.name
                    );
                }
                let all = known.iter().cloned().chain(new).collect();
                let mut starts = self.lock_starts();
                if let Some(known) = starts.known.iter_mut().find(|known| known.stage == stage) {
                    known.starts = all;
                }
            }
            Err(error) => tracing::debug!("cannot look for new partitions: {error}"),
        }
    }

    /// What is known of a source, if it is time to ask for more and a broker would answer.
    fn due_for_a_look(&self, stage: usize) -> Option<Arc<[Start]>> {
        if self.consumer.context().is_down() {
            return None;
        }
        let mut starts = self.lock_starts();
        let known = starts.known.iter_mut().find(|known| known.stage == stage)?;
        if known.looked.elapsed() < self.look_every {
            return None;
        }
        known.looked = Instant::now();
        Some(Arc::clone(&known.starts))
    }

    fn lock_starts(&self) -> MutexGuard<'_, Starts> {
        self.starts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known by now of what a source begins with.
    pub(crate) fn known_starts(&self, stage: usize) -> Option<Arc<[Start]>> {
        let starts = self.lock_starts();
        let known = starts.known.iter().find(|known| known.stage == stage)?;
        Some(Arc::clone(&known.starts))
    }

    /// Begins to read one more partition.
    pub(crate) fn read_also(&self, start: &Start) -> Result<()> {
        let mut list = TopicPartitionList::with_capacity(1);
        add(&mut list, start)
            .and_then(|()| self.consumer.incremental_assign(&list))
            .map_err(|error| {
                failure("cannot begin to read a new partition", &error).at(&start.name)
            })
    }

    /// Notes partitions that a worker will read.
    pub(crate) fn will_read<'s>(&self, starts: impl Iterator<Item = &'s Start>) {
        self.reading
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(starts.cloned());
    }

    /// Lets reading begin, when every worker has said what it reads.
    ///
    /// Where librdkafka fetches, it is told so here.
    /// Partitions are assigned once, each with its offset: assigning them before their queues
    /// are in place would send records astray, and assigning twice can move offsets back.
    pub(crate) fn begin(&self, open_state: Option<u64>) -> Result<()> {
        let reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if reading.is_empty() {
            return Ok(());
        }
        read_once_each(&reading)?;
        self.group.claim(self, &reading, open_state)?;
        match self.way {
            Way::Native(_) => Ok(()),
            Way::Librdkafka => self.assign(&reading),
        }
    }

    fn assign(&self, reading: &[Start]) -> Result<()> {
        let mut list = TopicPartitionList::with_capacity(reading.len());
        for start in reading {
            add(&mut list, start).map_err(|error| failure("cannot assign a partition", &error))?;
        }
        self.consumer
            .assign(&list)
            .map_err(|error| failure("cannot begin to read", &error))
    }

    /// Commits offsets to the consumer group: soon, or before it returns if it must not fail.
    pub(crate) fn commit(
        self: &Arc<Self>,
        next_offsets: &[(PartitionName, i64)],
        open_state: Option<u64>,
        patience: Patience,
    ) -> Result<()> {
        match patience {
            Patience::LeaveToNext => self.committer.commit(self, next_offsets, open_state),
            Patience::TryAgain => {
                self.committer.finish()?;
                self.commit_now(next_offsets, open_state, patience)
            }
        }
    }

    /// Commits offsets before it returns.
    pub(super) fn commit_now(
        &self,
        next_offsets: &[(PartitionName, i64)],
        open_state: Option<u64>,
        patience: Patience,
    ) -> Result<()> {
        self.group.commit(self, next_offsets, open_state, patience)
    }

    /// Hears what librdkafka has to say; fails when it cannot go on.
    pub(crate) fn serve(&self) -> Result<()> {
        while let Some(event) = self.consumer.poll(Duration::ZERO) {
            if let Err(error) = event {
                self.consumer.context().report(&error);
            }
        }
        self.committer.check()?;
        self.consumer.context().check()
    }

    /// Notes that records have come.
    pub(crate) fn answered(&self) {
        self.consumer.context().answered();
    }

    /// In which way the results of this run are sent.
    pub(crate) fn way_out(&self) -> &Way<native::SendSettings> {
        &self.way_out
    }

    /// How many partitions a topic has that results are to be sent to over connections of our own.
    pub(crate) fn n_partitions_of_output(
        &self,
        settings: &native::SendSettings,
        topic: &Arc<str>,
    ) -> Result<usize> {
        let brokers = self.config.brokers.as_deref().unwrap_or_default();
        native::n_partitions(settings, topic).map_err(|error| error.at(brokers))
    }

    /// Starts to send results over connections of our own.
    pub(crate) fn sender(
        settings: &Arc<native::SendSettings>,
        topic: &Arc<str>,
        n_partitions: usize,
    ) -> Result<native::Sender> {
        // Not those of reading: one may go on while the other does not.
        let health = native::Health::new(Arc::new(Events::default()));
        native::Sender::start(settings, Arc::new(health), topic, n_partitions)
    }

    /// The producer of this run, made when the first sink asks for it.
    pub(crate) fn producer(&self) -> Result<Arc<Producer>> {
        if let Some(known) = self.producer.get() {
            return Ok(Arc::clone(known));
        }
        // Sinks are opened one after the other, so nobody makes a second one meanwhile.
        let made = Producer::connect(&self.config)?;
        Ok(Arc::clone(self.producer.get_or_init(|| made)))
    }
}

impl Drop for Client {
    /// Closing can take as long as brokers are away, and nobody waits for it: everything that had
    /// to be committed is.
    fn drop(&mut self) {
        let consumer = Arc::clone(&self.consumer);
        let close = move || {
            while Arc::strong_count(&consumer) > 1 {
                thread::sleep(Duration::from_millis(1));
            }
        };
        if thread::Builder::new()
            .name("streamflow-close".to_owned())
            .spawn(close)
            .is_err()
        {
            tracing::debug!("no thread to close the Kafka client on: it is closed here");
        }
    }
}

/// The tokens that a run logs on with, the first of which is there.
#[cfg(feature = "tls")]
fn tokens(config: &RunConfig) -> Result<Option<Arc<Tokens>>> {
    let tokens = oauth::of(config)?;
    if let Some(tokens) = &tokens {
        tokens.current(ANSWER_WITHIN)?;
    }
    Ok(tokens)
}

fn look_every(config: &RunConfig) -> Duration {
    let named = |(name, _): &&(String, String)| name == "topic.metadata.refresh.interval.ms";
    let set = config.properties.iter().find(named);
    set.and_then(|(_, ms)| ms.parse().ok())
        .map_or(LOOK_EVERY, Duration::from_millis)
}

fn add(list: &mut TopicPartitionList, start: &Start) -> KafkaResult<()> {
    let offset = Offset::Offset(start.offset);
    list.add_partition_offset(&start.name.topic, start.name.partition, offset)
}

/// A client reads a partition once, however many sources name it.
fn read_once_each(reading: &[Start]) -> Result<()> {
    let mut names: Vec<&PartitionName> = reading.iter().map(|start| &start.name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => Err(Error::new(
            Code::Config,
            format!("two sources of the job read the topic `{}`", pair[0].topic),
        )
        .help("read it once and name the stream: `let records = from kafka(…);`")),
    }
}

/// The partitions of a topic; the broker's reason where it has none.
fn partitions_in(metadata: &Metadata, topic: &str) -> Result<Vec<i32>, Option<RDKafkaErrorCode>> {
    let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else {
        return Err(None);
    };
    if let Some(error) = found.error() {
        return Err(Some(RDKafkaErrorCode::from(error)));
    }
    if found.partitions().is_empty() {
        return Err(None);
    }
    let mut numbers: Vec<i32> = found
        .partitions()
        .iter()
        .map(MetadataPartition::id)
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}
