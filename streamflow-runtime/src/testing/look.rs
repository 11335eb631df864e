//! Looks at what a job under test has done: rows, topics, dead letters, state, watermark.

use serde::de::DeserializeOwned;

use super::JobTest;
#[cfg(feature = "object-store")]
use crate::sink::Object;
use crate::topics::TopicRecord;
use crate::worker::header;

/// A record that a stage has refused, as it stands in a topic of dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The topic that the record came from; for other sources the file or the address. `None`
    /// where no record is known that the refused item was made of.
    pub topic: Option<String>,
    /// The partition that it came from.
    pub partition: Option<i32>,
    /// Its offset there.
    pub offset: Option<i64>,
    /// The stage that refused it, as it is written in the job.
    pub stage: String,
    /// Why.
    pub error: String,
    /// The name of the job.
    pub job: String,
    /// The record's own key.
    pub key: Option<Vec<u8>>,
    /// The record's own value; behind an aggregate the item that was refused, as `print` shows it.
    pub value: Option<Vec<u8>>,
    /// The record's own headers.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl DeadLetter {
    fn of(record: TopicRecord) -> Self {
        let text = |name: &str| {
            let mut headers = record.headers.iter();
            let (_, value) = headers.find(|(known, _)| known == name)?;
            Some(String::from_utf8_lossy(value.as_deref()?).into_owned())
        };
        let number = |name: &str| text(name)?.parse::<i64>().ok();
        DeadLetter {
            topic: text(header::TOPIC),
            partition: number(header::PARTITION).and_then(|number| i32::try_from(number).ok()),
            offset: number(header::OFFSET),
            stage: text(header::STAGE).unwrap_or_default(),
            error: text(header::ERROR).unwrap_or_default(),
            job: text(header::JOB).unwrap_or_default(),
            key: record.key,
            value: record.value,
            headers: record
                .headers
                .into_iter()
                .filter(|(name, _)| !header::ALL.contains(&name.as_str()))
                .collect(),
        }
    }

    /// The value as a text; what is no UTF-8 is replaced, and no value is an empty text.
    pub fn text(&self) -> String {
        let value = self.value.as_deref().unwrap_or_default();
        String::from_utf8_lossy(value).into_owned()
    }
}

impl JobTest {
    /// The rows that were printed since the last look, without the headers of the intervals.
    pub fn rows(&mut self) -> Vec<String> {
        let printed = self.printed();
        let mut rows = Vec::new();
        let mut lines = printed.lines();
        while let Some(line) = lines.next() {
            if line.starts_with("----") {
                // The time, and the second rule.
                lines.next();
                lines.next();
            } else if !line.is_empty() {
                rows.push(line.to_owned());
            }
        }
        rows
    }

    /// What was printed since the last look, as it would stand on standard output.
    pub fn printed(&mut self) -> String {
        self.settle();
        std::mem::take(&mut self.printed)
    }

    /// Checks which rows were printed since the last look, in whatever order.
    ///
    /// # Panics
    ///
    /// Panics if others were, or if the job has failed.
    #[track_caller]
    pub fn expect<R: AsRef<str>>(&mut self, rows: impl IntoIterator<Item = R>) {
        let mut expected: Vec<String> = rows
            .into_iter()
            .map(|row| row.as_ref().to_owned())
            .collect();
        let mut found = self.rows();
        self.check();
        expected.sort();
        found.sort();
        if self.has_crashed_by_itself() {
            found = without_repetitions(found, &expected);
        }
        assert!(
            expected == found,
            "the job printed {found:?}, and {expected:?} was expected"
        );
    }

    /// Checks which rows were printed since the last look, and in which order.
    ///
    /// # Panics
    ///
    /// Panics if others were, or if the job has failed.
    #[track_caller]
    pub fn expect_in_order<R: AsRef<str>>(&mut self, rows: impl IntoIterator<Item = R>) {
        let rows = rows.into_iter();
        let expected: Vec<String> = rows.map(|row| row.as_ref().to_owned()).collect();
        if self.has_crashed_by_itself() {
            // What is repeated stands where it likes.
            return self.expect(expected);
        }
        let found = self.rows();
        self.check();
        assert!(
            expected == found,
            "the job printed {found:?}, and {expected:?} was expected in this order"
        );
    }

    /// How many records came when all their windows were closed, since the job was begun last.
    pub fn late_records(&mut self) -> u64 {
        self.settle();
        let running = self.running.as_ref();
        running.map_or(0, |running| running.run.late_records())
    }

    /// How many keys have made room for others where a stage has a `cap`, since the job was begun last.
    pub fn keys_pushed_out(&mut self) -> u64 {
        self.settle();
        let running = self.running.as_ref();
        running.map_or(0, |running| running.run.keys_pushed_out())
    }

    /// The records of a topic, such as one that the job writes to.
    pub fn records(&mut self, topic: &str) -> Vec<TopicRecord> {
        self.settle();
        self.topics.records(topic)
    }

    /// The values of a topic's records, such as one that the job writes to, partition by partition;
    /// what is no UTF-8 is replaced, and no value is an empty text.
    pub fn read(&mut self, topic: &str) -> Vec<String> {
        let records = self.records(topic).into_iter();
        records
            .map(|record| {
                let value = record.value.unwrap_or_default();
                String::from_utf8_lossy(&value).into_owned()
            })
            .collect()
    }

    /// The objects that `to object_store(…)` has put under a URL, in the order of their names: what
    /// is still being written is none of them.
    ///
    /// In a test `s3://`, `gs://` and `az://` are kept in memory; `file:///` is where it says.
    ///
    /// # Panics
    ///
    /// Panics if an object cannot be read.
    #[cfg(feature = "object-store")]
    #[track_caller]
    pub fn objects(&mut self, url: &str) -> Vec<Object> {
        if self.running.is_some() {
            self.settle();
        }
        let mut objects = Vec::new();
        for sink in self.job.sinks() {
            match sink.objects() {
                Ok(found) => objects.extend(found),
                Err(error) => panic!("objects cannot be read: {}", error.one_line()),
            }
        }
        objects.retain(|object| object.url.starts_with(url));
        objects.sort_by(|one, other| one.url.cmp(&other.url));
        objects
    }

    /// The records that stages have refused and written to a topic with `else dead_letter`,
    /// partition by partition.
    pub fn dead_letters(&mut self, topic: &str) -> Vec<DeadLetter> {
        let records = self.records(topic).into_iter();
        records.map(DeadLetter::of).collect()
    }

    /// Up to where the items' own time is complete, in milliseconds since the Unix epoch: the least
    /// of the watermarks of all `event_time`. `None` where nothing is complete yet, or the job has
    /// no `event_time`.
    pub fn watermark(&mut self) -> Option<i64> {
        self.settle();
        let running = self.running.as_ref()?;
        running.run.watermarks.least_ms()
    }

    /// What the state of this name holds, in the order of its keys: what would go into a checkpoint
    /// now. Keys and values are asked for as owned types: a key of `&str` is a `String`. Without
    /// keys, the key is `()`.
    ///
    /// An aggregate brings the workers' partial results together only when its interval ends, so
    /// until then a key can stand there once for each worker. `update_state` keeps a pair: the
    /// values of the open interval, and the state, `(Vec<V>, Option<S>)`.
    ///
    /// # Panics
    ///
    /// Panics if no state has the name, if it holds something else, or if it is that of windows,
    /// whose steps are no results yet.
    #[track_caller]
    pub fn state<K, V>(&mut self, name: &str) -> Vec<(K, V)>
    where
        K: DeserializeOwned + Ord,
        V: DeserializeOwned,
    {
        self.settle();
        self.check();
        let Some(running) = &self.running else {
            return Vec::new();
        };
        let looked = running.run.look_into(name, || running.has_ended());
        match looked {
            Ok(mut entries) => {
                entries.sort_by(|(one, _): &(K, V), (other, _)| one.cmp(other));
                entries
            }
            Err(why) => panic!("{why}"),
        }
    }
}

/// The rows without those that stand there more often than they are expected, both sorted: behind a
/// crash they may have come again.
fn without_repetitions(found: Vec<String>, expected: &[String]) -> Vec<String> {
    let often = |rows: &[String], row: &String| rows.iter().filter(|it| *it == row).count();
    let mut kept: Vec<String> = Vec::new();
    for row in found {
        // A row that nobody expects stays, so that it is told.
        let most = often(expected, &row).max(1);
        if often(&kept, &row) < most {
            kept.push(row);
        }
    }
    kept
}
