//! The topics that a process has inside itself, by name, and the offsets committed for them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::log::DEFAULT_BUDGET_BYTES;
use super::samples::Samples;
use super::topic::Topic;
use crate::batch::{Breakage, NewRecord, Records, check};
use crate::config::nearest;
use crate::error::{Code, Error, Result};
use crate::source::PartitionName;

/// Topics inside the process.
///
/// ```
/// use streamflow_runtime::topics::{NewRecord, Topics};
///
/// # fn main() -> streamflow_runtime::Result<()> {
/// let topics = Topics::new();
/// topics.create("user_access", 4);
/// topics.append("user_access", None, 1_700_000_000_000, [NewRecord::keyed(b"42", b"/index")])?;
/// assert_eq!(topics.records("user_access").len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Topics {
    by_name: Mutex<BTreeMap<Arc<str>, Arc<Topic>>>,
    /// The names in the order in which the topics were created. Written while those above are locked.
    created: Mutex<Vec<Arc<str>>>,
    committed: Mutex<BTreeMap<PartitionName, i64>>,
    /// How many partitions a topic gets that is created by its first use.
    creating: Option<usize>,
    budget_bytes: usize,
    /// Whether readers get nothing for the moment: a test puts records in that come together.
    is_held: AtomicBool,
    /// What readers cut blocks by at random, where a test wants that.
    cut: Mutex<Option<u64>>,
}

impl Default for Topics {
    fn default() -> Self {
        Topics::new()
    }
}

/// A record as a topic holds it, for tests to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicRecord {
    /// The partition of the topic.
    pub partition: i32,
    /// The record's own offset in its partition.
    pub offset: i64,
    /// The key; `None` is a null key.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a null value.
    pub value: Option<Vec<u8>>,
    /// Milliseconds since the Unix epoch.
    pub timestamp_ms: i64,
    /// The headers, in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Topics {
    /// No topics. To read one that is not there is an error; a partition keeps its newest 16 MiB.
    pub fn new() -> Self {
        Topics {
            by_name: Mutex::default(),
            created: Mutex::default(),
            committed: Mutex::default(),
            creating: None,
            budget_bytes: DEFAULT_BUDGET_BYTES,
            is_held: AtomicBool::new(false),
            cut: Mutex::default(),
        }
    }

    /// No topics; whoever first reads or writes one creates it, with so many partitions.
    pub fn creating(partitions: usize) -> Self {
        Topics {
            creating: Some(partitions),
            ..Topics::new()
        }
    }

    /// Lets the topics created from here on keep everything.
    #[must_use]
    pub fn unbounded(self) -> Self {
        self.retaining(usize::MAX)
    }

    /// Lets each partition of the topics created from here on keep so many bytes, as a broker's
    /// `retention.bytes` does; the newest batch always stays.
    #[must_use]
    pub fn retaining(mut self, budget_bytes: usize) -> Self {
        self.budget_bytes = budget_bytes;
        self
    }

    /// Lets readers cut what they read at random.
    pub(crate) fn cut_randomly(&self, seed: u64) {
        *self.lock_cut() = Some(seed);
    }

    /// Lets readers cut what they read as those of other topics do.
    pub(crate) fn cut_as(&self, others: &Topics) {
        *self.lock_cut() = others.cut();
    }

    /// The seed by which readers cut what they read at random, if they do.
    pub(crate) fn cut(&self) -> Option<u64> {
        *self.lock_cut()
    }

    fn lock_cut(&self) -> MutexGuard<'_, Option<u64>> {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets readers get nothing until they are let go on.
    pub(crate) fn hold(&self, is_held: bool) {
        self.is_held.store(is_held, Ordering::Release);
    }

    /// Whether readers get nothing for the moment.
    pub(crate) fn is_held(&self) -> bool {
        self.is_held.load(Ordering::Acquire)
    }

    /// Creates a topic; one that is there already stays as it is.
    pub fn create(&self, topic: &str, partitions: usize) {
        let mut topics = self.lock();
        if !topics.contains_key(topic) {
            self.put(
                &mut topics,
                topic.into(),
                Topic::stored(partitions, self.budget_bytes),
            );
        }
    }

    fn put(
        &self,
        topics: &mut BTreeMap<Arc<str>, Arc<Topic>>,
        name: Arc<str>,
        topic: Topic,
    ) -> Arc<Topic> {
        let topic = Arc::new(topic);
        if topics
            .insert(Arc::clone(&name), Arc::clone(&topic))
            .is_none()
        {
            self.lock_created().push(name);
        }
        topic
    }

    /// The names of the topics that were created behind the first so many.
    pub(crate) fn created_since(&self, n_known: usize) -> Vec<Arc<str>> {
        let created = self.lock_created();
        created.get(n_known..).unwrap_or_default().to_vec()
    }

    /// Whether topics are created by their first use.
    pub(crate) fn creates(&self) -> bool {
        self.creating.is_some()
    }

    fn lock_created(&self) -> MutexGuard<'_, Vec<Arc<str>>> {
        self.created.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a topic of sample records, in the place of one with the same name.
    pub fn add_samples(&mut self, samples: Samples) {
        let name = Arc::clone(samples.topic());
        self.put(&mut self.lock(), name, Topic::of_samples(samples));
    }

    /// Lets the sample records begin: the backlog is there now, the others follow.
    pub fn start(&mut self, now_ms: i64) {
        for topic in self.lock().values() {
            match &**topic {
                Topic::Samples(samples) => samples.start(now_ms),
                Topic::Stored(_) => {}
            }
        }
    }

    /// Notes the offsets that the group has committed: for each partition the first not yet read.
    pub fn commit(&self, next_offsets: &[(PartitionName, i64)]) {
        self.lock_committed().extend(next_offsets.iter().cloned());
    }

    /// The offset that the group has committed for a partition.
    pub fn committed(&self, partition: &PartitionName) -> Option<i64> {
        self.lock_committed().get(partition).copied()
    }

    /// Writes records, as one batch per partition (more, where it would exceed 1 MiB or 4096
    /// records).
    ///
    /// Without a partition, a record with a key goes where Kafka's default partitioner sends it,
    /// and the others go to the partitions in turn. A topic that is not there is created, as a
    /// cluster with `auto.create.topics.enable` does, with one partition.
    ///
    /// # Errors
    ///
    /// [`Code::UnknownOutput`] for a partition that is not there, and for a topic of sample
    /// records.
    pub fn append<'a>(
        &self,
        topic: &str,
        partition: Option<i32>,
        timestamp_ms: i64,
        records: impl IntoIterator<Item = NewRecord<'a>>,
    ) -> Result<()> {
        let found = self.topic_to_write(topic);
        let stored = match &*found {
            Topic::Stored(stored) => stored,
            Topic::Samples(_) => {
                let what = format!("topic `{topic}` holds sample records and cannot be written");
                return Err(Error::new(Code::UnknownOutput, what));
            }
        };
        let n_partitions = found.n_partitions();
        let partition = match partition {
            None => None,
            Some(number) => match usize::try_from(number) {
                Ok(index) if index < n_partitions => Some(index),
                Ok(_) | Err(_) => {
                    let what = format!(
                        "topic `{topic}` has {n_partitions} partitions, and none with number {number}"
                    );
                    return Err(Error::new(Code::UnknownOutput, what));
                }
            },
        };
        stored.append(partition, timestamp_ms, records);
        Ok(())
    }

    /// The records that a topic keeps, partition by partition; none for a topic that is not
    /// there or holds sample records.
    pub fn records(&self, topic: &str) -> Vec<TopicRecord> {
        let found = self.lock().get(topic).cloned();
        let Some(found) = found else {
            return Vec::new();
        };
        let stored = match &*found {
            Topic::Stored(stored) => stored,
            Topic::Samples(_) => return Vec::new(),
        };
        let mut records = Vec::new();
        for (index, partition) in (0..found.n_partitions()).zip(0..) {
            let batches = stored.batches(index);
            // Our own writer made the batches: they are whole.
            let Ok(checked) = check(&[], &batches) else {
                continue;
            };
            let breakage = Breakage::default();
            let walk = Records::new(topic, partition, checked, 0..i64::MAX, &breakage);
            records.extend(walk.map(|record| {
                TopicRecord {
                    partition,
                    offset: record.offset,
                    key: record.key.map(<[u8]>::to_vec),
                    value: record.value.map(<[u8]>::to_vec),
                    timestamp_ms: record.timestamp_ms().unwrap_or(-1),
                    headers: record
                        .headers()
                        .map(|(name, value)| (name.to_owned(), value.map(<[u8]>::to_vec)))
                        .collect(),
                }
            }));
        }
        records
    }

    /// The first offset that a partition has, and the one behind its last record; `None` for a
    /// partition that is not there. The time says how many sample records have arrived.
    pub fn offsets(&self, topic: &str, partition: i32, now_ms: i64) -> Option<Range<i64>> {
        let found = self.lock().get(topic).cloned()?;
        let index = usize::try_from(partition).ok()?;
        (index < found.n_partitions()).then(|| found.offsets(index, now_ms))
    }

    /// A topic for reading; creates it where that is wanted.
    pub(crate) fn topic(&self, name: &str) -> Option<Arc<Topic>> {
        if let Some(partitions) = self.creating {
            self.create(name, partitions);
        }
        self.lock().get(name).cloned()
    }

    fn topic_to_write(&self, name: &str) -> Arc<Topic> {
        let mut topics = self.lock();
        if let Some(found) = topics.get(name) {
            return Arc::clone(found);
        }
        let created = Topic::stored(self.creating.unwrap_or(1), self.budget_bytes);
        self.put(&mut topics, name.into(), created)
    }

    /// The topic that was probably meant by a name that none has.
    pub(crate) fn near_miss(&self, topic: &str) -> Option<String> {
        let topics = self.lock();
        nearest(topic, topics.keys().map(|known| &**known)).map(str::to_owned)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Arc<Topic>>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_committed(&self) -> MutexGuard<'_, BTreeMap<PartitionName, i64>> {
        self.committed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::PartitionKind;

    fn places(topics: &Topics, topic: &str) -> Vec<(i32, i64, String)> {
        topics
            .records(topic)
            .into_iter()
            .map(|record| {
                let value = String::from_utf8(record.value.unwrap()).unwrap();
                (record.partition, record.offset, value)
            })
            .collect()
    }

    #[test]
    fn records_without_a_key_go_to_the_partitions_in_turn() {
        let topics = Topics::creating(2);
        let values = ["a", "b", "c"].map(|value| NewRecord::of_value(value.as_bytes()));
        topics.append("t", None, 0, values).unwrap();
        topics
            .append("t", None, 0, [NewRecord::of_value(b"d")])
            .unwrap();
        assert_eq!(
            places(&topics, "t"),
            [
                (0, 0, "a".into()),
                (0, 1, "c".into()),
                (1, 0, "b".into()),
                (1, 1, "d".into())
            ]
        );
    }

    #[test]
    fn records_with_a_key_go_where_kafka_sends_them() {
        let topics = Topics::new();
        topics.create("t", 4);
        topics
            .append("t", None, 0, [NewRecord::keyed(b"abc", b"v")])
            .unwrap();
        assert_eq!(places(&topics, "t"), [(479_470_107 % 4, 0, "v".into())]);
        assert_eq!(topics.records("t")[0].key.as_deref(), Some(&b"abc"[..]));
    }

    #[test]
    fn named_partition_gets_the_records_whatever_their_key() {
        let topics = Topics::creating(4);
        topics
            .append("t", Some(3), 0, [NewRecord::keyed(b"abc", b"v")])
            .unwrap();
        assert_eq!(places(&topics, "t"), [(3, 0, "v".into())]);
        assert_eq!(topics.offsets("t", 3, 0), Some(0..1));
        assert_eq!(topics.offsets("t", 0, 0), Some(0..0));
        assert_eq!(topics.offsets("t", 4, 0), None);
        let error = topics.append("t", Some(4), 0, []).unwrap_err();
        assert_eq!(
            error.to_string(),
            "SF6603 topic `t` has 4 partitions, and none with number 4"
        );
    }

    #[test]
    fn missing_topic_is_created_by_its_first_writer() {
        let topics = Topics::new();
        topics
            .append("t", None, 0, [NewRecord::keyed(b"abc", b"v")])
            .unwrap();
        assert_eq!(places(&topics, "t"), [(0, 0, "v".into())]);
        assert_eq!(topics.offsets("t", 1, 0), None);
        assert!(topics.topic("u").is_none(), "a reader does not create");
    }

    #[test]
    fn sample_records_cannot_be_written() {
        let mut topics = Topics::new();
        topics.add_samples(Samples::new("s", |n| n.to_string()));
        let error = topics.append("s", None, 0, []).unwrap_err();
        assert_eq!(error.code(), Code::UnknownOutput);
        topics.start(0);
        assert_eq!(topics.offsets("s", 0, 0), Some(0..250));
        assert!(topics.records("s").is_empty());
    }

    #[test]
    fn oldest_records_go_unless_the_topics_are_unbounded() {
        let value = vec![0; 1 << 20];
        for (topics, start) in [
            (Topics::creating(1), 5),
            (Topics::creating(1).unbounded(), 0),
        ] {
            for _ in 0..20 {
                topics
                    .append("t", None, 0, [NewRecord::of_value(&value)])
                    .unwrap();
            }
            assert_eq!(topics.offsets("t", 0, 0), Some(start..20));
        }
    }

    #[test]
    fn large_append_is_written_as_several_batches() {
        let topics = Topics::creating(1).retaining(1);
        topics
            .append("t", None, 0, (0..10_000).map(|_| NewRecord::of_value(b"x")))
            .unwrap();
        assert_eq!(topics.offsets("t", 0, 0), Some(8_192..10_000));
    }

    #[test]
    fn committed_offsets_are_remembered() {
        let topics = Topics::new();
        let name = PartitionName {
            topic: "t".into(),
            partition: 2,
            kind: PartitionKind::Topic,
        };
        assert_eq!(topics.committed(&name), None);
        topics.commit(&[(name.clone(), 7)]);
        topics.commit(&[(name.clone(), 9)]);
        assert_eq!(topics.committed(&name), Some(9));
    }
}
