//! Changes and looks at topics, offsets and groups.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList, TopicPartitionListElem};

use crate::waiting::{PATIENCE, retried, until};

/// How long one look at the cluster may take, where another one follows.
const GLANCE: Duration = Duration::from_secs(2);

/// A name that no other test uses: of a topic, or of a consumer group.
pub fn unique(name: &str) -> String {
    static USED: AtomicU32 = AtomicU32::new(0);
    let number = USED.fetch_add(1, Ordering::Relaxed);
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    format!(
        "{name}-{:x}-{}-{number}",
        since_epoch.as_millis(),
        process::id()
    )
}

/// A client for one broker. Its methods wait until the broker has answered.
///
/// # Panics
///
/// Every method does when the broker refuses, or does not answer for a minute.
pub struct Admin {
    bootstrap: String,
    client: AdminClient<DefaultClientContext>,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin")
            .field("bootstrap", &self.bootstrap)
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::missing_panics_doc,
    reason = "the type says it once for all of its methods"
)]
impl Admin {
    /// A client for the broker that listens there.
    pub fn new(bootstrap: &str) -> Self {
        let client = config(bootstrap)
            .create()
            .expect("the client's configuration is valid");
        Admin {
            bootstrap: bootstrap.to_owned(),
            client,
        }
    }

    /// Creates a topic and waits until clients can use it.
    pub fn create_topic(&self, topic: &str, n_partitions: i32) {
        self.create_topic_with(topic, n_partitions, &[]);
    }

    /// The same with settings of the topic's own, such as `cleanup.policy`.
    pub fn create_topic_with(&self, topic: &str, n_partitions: i32, settings: &[(&str, &str)]) {
        let mut new_topic = NewTopic::new(topic, n_partitions, TopicReplication::Fixed(1));
        for (name, value) in settings {
            new_topic = new_topic.set(name, value);
        }
        self.create(&new_topic);
    }

    /// The same with a copy of every partition on each of so many brokers.
    pub fn create_replicated_topic(&self, topic: &str, n_partitions: i32, n_copies: i32) {
        let copies = TopicReplication::Fixed(n_copies);
        self.create(&NewTopic::new(topic, n_partitions, copies));
    }

    fn create(&self, new_topic: &NewTopic<'_>) {
        let (topic, n_partitions) = (new_topic.name, new_topic.num_partitions);
        let results = block_on(self.client.create_topics([new_topic], &options()));
        for result in results.expect("the broker answers") {
            result.unwrap_or_else(|(_, error)| panic!("cannot create topic `{topic}`: {error}"));
        }
        self.wait_until_usable(topic, n_partitions);
    }

    /// Gives a topic more partitions, `n_partitions` in all, and waits until clients can use them.
    pub fn add_partitions(&self, topic: &str, n_partitions: i32) {
        let count = usize::try_from(n_partitions).expect("a number of partitions");
        let new_partitions = NewPartitions::new(topic, count);
        let results = block_on(self.client.create_partitions([&new_partitions], &options()));
        for result in results.expect("the broker answers") {
            result.unwrap_or_else(|(_, error)| panic!("cannot add to topic `{topic}`: {error}"));
        }
        self.wait_until_usable(topic, n_partitions);
    }

    fn wait_until_usable(&self, topic: &str, n_partitions: i32) {
        let usable = usize::try_from(n_partitions).expect("a number of partitions");
        let seen = until(PATIENCE, || {
            (self.n_usable_partitions(topic) == usable).then_some(())
        });
        assert!(
            seen.is_some(),
            "topic `{topic}` was created and is not usable"
        );
    }

    /// The broker that leads each partition of a topic. Partitions without one are left out.
    pub fn leaders(&self, topic: &str) -> BTreeMap<i32, i32> {
        let client = self.client.inner();
        // A broker that is asked may be paused: the next time another one may be.
        let Ok(metadata) = client.fetch_metadata(Some(topic), GLANCE) else {
            return BTreeMap::new();
        };
        let topics = metadata.topics().iter();
        let partitions = topics.flat_map(MetadataTopic::partitions);
        let led = partitions.filter(|partition| partition.leader() > 0);
        led.map(|partition| (partition.id(), partition.leader()))
            .collect()
    }

    /// Waits until the brokers that lead the partitions of a topic are as they should be.
    pub fn wait_for_leaders(&self, topic: &str, are_right: impl Fn(&BTreeMap<i32, i32>) -> bool) {
        let mut last = BTreeMap::new();
        let seen = until(PATIENCE, || {
            last = self.leaders(topic);
            are_right(&last).then_some(())
        });
        assert!(seen.is_some(), "topic `{topic}` is led otherwise: {last:?}");
    }

    /// Waits until each partition of a topic has as many copies as it should that are in sync.
    pub fn wait_for_copies(&self, topic: &str, n_copies: usize) {
        let seen = until(PATIENCE, || {
            let client = self.client.inner();
            let metadata = client.fetch_metadata(Some(topic), GLANCE).ok()?;
            let topics = metadata.topics().iter();
            let mut partitions = topics.flat_map(MetadataTopic::partitions);
            let are_all = partitions.all(|partition| partition.isr().len() == n_copies);
            are_all.then_some(())
        });
        assert!(
            seen.is_some(),
            "topic `{topic}` has not {n_copies} copies in sync"
        );
    }

    /// Deletes a topic and waits until it is gone.
    pub fn delete_topic(&self, topic: &str) {
        let results = block_on(self.client.delete_topics(&[topic], &options()));
        for result in results.expect("the broker answers") {
            result.unwrap_or_else(|(_, error)| panic!("cannot delete topic `{topic}`: {error}"));
        }
        let gone = until(PATIENCE, || {
            (self.n_usable_partitions(topic) == 0).then_some(())
        });
        assert!(
            gone.is_some(),
            "topic `{topic}` was deleted and is still there"
        );
    }

    /// Deletes the records of a partition that stand before an offset, as retention would.
    pub fn delete_records_before(&self, topic: &str, partition: i32, offset: i64) {
        retried(
            &format!("deleting records of `{topic}`[{partition}]"),
            || {
                let mut offsets = TopicPartitionList::new();
                offsets.add_partition_offset(topic, partition, Offset::Offset(offset))?;
                let deleted = block_on(self.client.delete_records(&offsets, &options()))?;
                deleted
                    .elements()
                    .iter()
                    .try_for_each(TopicPartitionListElem::error)
            },
        );
    }

    /// The offset of the first record of each partition.
    pub fn start_offsets(&self, topic: &str) -> BTreeMap<i32, i64> {
        let bounds = self.bounds(topic).into_iter();
        bounds
            .map(|(partition, (start, _))| (partition, start))
            .collect()
    }

    /// The offset that the next record of each partition will have.
    pub fn end_offsets(&self, topic: &str) -> BTreeMap<i32, i64> {
        let bounds = self.bounds(topic).into_iter();
        bounds
            .map(|(partition, (_, end))| (partition, end))
            .collect()
    }

    /// The offsets a group has committed. Partitions without one are left out.
    pub fn committed_offsets(&self, group: &str, topic: &str) -> BTreeMap<i32, i64> {
        let consumer: BaseConsumer = config(&self.bootstrap)
            .set("group.id", group)
            .create()
            .expect("the client's configuration is valid");
        let committed = retried(&format!("reading the offsets of group `{group}`"), || {
            let mut asked = TopicPartitionList::new();
            for partition in self.partitions(topic)? {
                asked.add_partition(topic, partition);
            }
            consumer.committed_offsets(asked, PATIENCE)
        });
        let elements = committed.elements();
        let offsets = elements
            .iter()
            .filter_map(|element| match element.offset() {
                Offset::Offset(offset) => Some((element.partition(), offset)),
                _ => None,
            });
        offsets.collect()
    }

    /// The first offset and the end offset of each partition.
    pub(super) fn bounds(&self, topic: &str) -> BTreeMap<i32, (i64, i64)> {
        retried(&format!("reading the offsets of `{topic}`"), || {
            let mut bounds = BTreeMap::new();
            for partition in self.partitions(topic)? {
                let client = self.client.inner();
                bounds.insert(
                    partition,
                    client.fetch_watermarks(topic, partition, PATIENCE)?,
                );
            }
            KafkaResult::Ok(bounds)
        })
    }

    pub(super) fn config(&self) -> ClientConfig {
        config(&self.bootstrap)
    }

    fn partitions(&self, topic: &str) -> KafkaResult<Vec<i32>> {
        let metadata = self.client.inner().fetch_metadata(Some(topic), PATIENCE)?;
        let topics = metadata
            .topics()
            .iter()
            .filter(|found| found.name() == topic);
        let partitions = topics.flat_map(MetadataTopic::partitions);
        Ok(partitions.map(MetadataPartition::id).collect())
    }

    fn n_usable_partitions(&self, topic: &str) -> usize {
        let Ok(metadata) = self.client.inner().fetch_metadata(Some(topic), PATIENCE) else {
            return 0;
        };
        let topics = metadata
            .topics()
            .iter()
            .filter(|found| found.name() == topic);
        let partitions = topics.flat_map(MetadataTopic::partitions);
        partitions
            .filter(|partition| partition.error().is_none())
            .count()
    }
}

fn config(bootstrap: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap);
    config.set("allow.auto.create.topics", "false");
    // A broker that is started again is to be found soon.
    config.set("reconnect.backoff.max.ms", "500");
    config
}

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(PATIENCE))
        .operation_timeout(Some(PATIENCE))
}

/// Waits for an answer of librdkafka, whose own thread wakes this one.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut ctx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut ctx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
