//! Feeds topics: what a job under test reads.

use super::JobTest;
use crate::config::nearest;
use crate::plan::{Plan, Role, Topic};
use crate::topics::NewRecord;

/// A record to feed, with all that a record can have.
///
/// ```
/// use streamflow_runtime::testing::TestRecord;
///
/// let record = TestRecord::new("u1,/home").key("u1").timestamp(1_767_225_600_000).partition(2);
/// # let _ = record;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a record does nothing until it is fed: `test.feed_records(\"topic\", [record])`"]
pub struct TestRecord {
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    timestamp_ms: Option<i64>,
    partition: Option<i32>,
    headers: Vec<(String, Option<Vec<u8>>)>,
}

impl TestRecord {
    /// A record with this value and nothing else.
    pub fn new(value: impl AsRef<[u8]>) -> Self {
        TestRecord {
            value: Some(value.as_ref().to_vec()),
            ..TestRecord::default()
        }
    }

    /// A record without a value: in a compacted topic it takes the key out.
    pub fn tombstone(key: impl AsRef<[u8]>) -> Self {
        TestRecord::default().key(key)
    }

    /// Gives it a key; records with equal keys meet in one partition, chosen as Kafka's own
    /// partitioner chooses it, unless they name one.
    pub fn key(mut self, key: impl AsRef<[u8]>) -> Self {
        self.key = Some(key.as_ref().to_vec());
        self
    }

    /// Gives it a time, in milliseconds since the Unix epoch; without one it has that of the test.
    pub fn timestamp(mut self, timestamp_ms: i64) -> Self {
        self.timestamp_ms = Some(timestamp_ms);
        self
    }

    /// Puts it into a partition, counted from 0.
    pub fn partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Self {
        self.headers
            .push((name.into(), Some(value.as_ref().to_vec())));
        self
    }
}

impl JobTest {
    /// Appends records to a topic, with what each of them says of its key, time, partition and
    /// headers, and lets the job process them together.
    ///
    /// # Panics
    ///
    /// Panics as [`feed`](Self::feed) does.
    #[track_caller]
    pub fn feed_records(&mut self, topic: &str, records: impl IntoIterator<Item = TestRecord>) {
        let records = records.into_iter();
        self.together(topic, |test| {
            records.for_each(|record| test.put(topic, &record));
        });
    }

    /// Appends records without keys to a topic, to its partitions in turn, and lets the job
    /// process them.
    ///
    /// # Panics
    ///
    /// This and every other call panics if the job cannot begin, if it does not read the topic, or if
    /// the topic does not have the partition.
    #[track_caller]
    pub fn feed<V: AsRef<[u8]>>(&mut self, topic: &str, values: impl IntoIterator<Item = V>) {
        let values = values.into_iter();
        self.together(topic, |test| {
            values.for_each(|it| test.append(topic, None, None, it.as_ref()));
        });
    }

    /// Appends records with keys to a topic; equal keys meet in one partition, chosen as Kafka's
    /// own partitioner chooses it.
    #[track_caller]
    pub fn feed_keyed<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        topic: &str,
        records: impl IntoIterator<Item = (K, V)>,
    ) {
        let records = records.into_iter();
        self.together(topic, |test| {
            records.for_each(|(key, value)| {
                test.append(topic, None, Some(key.as_ref()), value.as_ref());
            });
        });
    }

    /// Appends records to one partition of a topic.
    #[track_caller]
    pub fn feed_partition<V: AsRef<[u8]>>(
        &mut self,
        topic: &str,
        partition: i32,
        values: impl IntoIterator<Item = V>,
    ) {
        let values = values.into_iter();
        self.together(topic, |test| {
            values.for_each(|it| test.append(topic, Some(partition), None, it.as_ref()));
        });
    }

    /// Appends records to the partitions that stand in front of them, and lets the job process them
    /// together.
    #[track_caller]
    pub fn feed_partitions<V: AsRef<[u8]>>(
        &mut self,
        topic: &str,
        records: impl IntoIterator<Item = (i32, V)>,
    ) {
        let records = records.into_iter();
        self.together(topic, |test| {
            records.for_each(|(partition, it)| {
                test.append(topic, Some(partition), None, it.as_ref());
            });
        });
    }

    /// Appends records that the job gets together: whatever depends on their order is then the same
    /// in each run, and with any number of workers.
    #[track_caller]
    fn together(&mut self, topic: &str, append: impl FnOnce(&Self)) {
        if let Some(why) = not_read(self.job.plan(), topic) {
            panic!("{why}");
        }
        self.topics.hold(true);
        append(self);
        if let Some(running) = &self.running {
            running.run.is_looked_at();
        }
        self.topics.hold(false);
        self.settle();
    }

    fn append(&self, topic: &str, partition: Option<i32>, key: Option<&[u8]>, value: &[u8]) {
        let record = TestRecord {
            key: key.map(<[u8]>::to_vec),
            partition,
            ..TestRecord::new(value)
        };
        self.put(topic, &record);
    }

    fn put(&self, topic: &str, record: &TestRecord) {
        let headers = record.headers.iter();
        let headers: Vec<(&str, Option<&[u8]>)> = headers
            .map(|(name, value)| (name.as_str(), value.as_deref()))
            .collect();
        let new = NewRecord {
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            headers: &headers,
        };
        let timestamp_ms = record.timestamp_ms.unwrap_or(self.now_ms);
        let appended = self
            .topics
            .append(topic, record.partition, timestamp_ms, [new]);
        if let Err(error) = appended {
            panic!("cannot feed the topic: {}", error.one_line());
        }
    }
}

/// Says that the job does not read the topic, and which ones it does read; nothing where it reads it, or
/// where only a run knows the names.
fn not_read(plan: &Plan, topic: &str) -> Option<String> {
    let sources = plan
        .stages
        .iter()
        .filter(|stage| stage.role == Role::Source);
    let mut read = Vec::new();
    for named in sources.flat_map(|source| source.topics) {
        match named {
            Topic::Named(name) if *name == topic => return None,
            Topic::Named(name) if read.contains(name) => {}
            Topic::Named(name) => read.push(*name),
            Topic::Expression(_) => return None,
        }
    }
    let names: Vec<String> = read.iter().map(|name| format!("`{name}`")).collect();
    let read_instead = match names.split_last() {
        None => "it reads no topic of Kafka".to_owned(),
        Some((only, [])) => format!("it reads {only}"),
        Some((last, others)) => format!("it reads {} and {last}", others.join(", ")),
    };
    let near = nearest(topic, read).map(|near| format!("; did you mean `{near}`?"));
    Some(format!(
        "the job does not read `{topic}`: {read_instead}{}",
        near.unwrap_or_default()
    ))
}
