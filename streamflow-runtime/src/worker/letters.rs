//! One worker's part in dead letters: a record that a stage refused is written to a topic, with
//! where it came from and why.

use super::{Outcome, Worker};
use crate::batch::NewRecord;
use crate::error::Result;
use crate::failure::Failure;
use crate::record::Record;
use crate::sink::kafka::KafkaWriter;
use crate::source::PartitionName;
use crate::state::At;

/// What a dead letter says beside the record.
pub(crate) mod header {
    /// The topic that the record came from; for other sources the file, the address.
    pub(crate) const TOPIC: &str = "streamflow.topic";
    /// The partition of the topic.
    pub(crate) const PARTITION: &str = "streamflow.partition";
    /// The record's offset in the partition.
    pub(crate) const OFFSET: &str = "streamflow.offset";
    /// The stage that refused it, as it is written in the job.
    pub(crate) const STAGE: &str = "streamflow.stage";
    /// Why.
    pub(crate) const ERROR: &str = "streamflow.error";
    /// The name of the job.
    pub(crate) const JOB: &str = "streamflow.job";
    /// All of them.
    pub(crate) const ALL: [&str; 6] = [TOPIC, PARTITION, OFFSET, STAGE, ERROR, JOB];
}

/// What is left of a record that goes to the dead letters.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Letter<'r> {
    /// The record itself.
    Record(&'r Record<'r>),
    /// The item that reached the stage, as the writer shows it; nothing where it cannot be shown.
    Shown,
    /// The same in a round, whose record may still be known by its place.
    OfRound,
    /// What was kept until a round.
    Kept(&'r KeptLetter),
}

/// What is kept of an item until it is known whether it goes to the dead letters.
#[derive(Debug)]
pub enum KeptLetter {
    /// Its record.
    Record {
        /// The key.
        key: Option<Vec<u8>>,
        /// The value.
        value: Option<Vec<u8>>,
        /// The headers, in order.
        headers: Vec<(String, Option<Vec<u8>>)>,
    },
    /// The item itself, as it is shown.
    Shown(Vec<u8>),
}

impl KeptLetter {
    pub(crate) fn of_record(record: &Record<'_>) -> Self {
        let headers = record.headers();
        KeptLetter::Record {
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.map(<[u8]>::to_vec)))
                .collect(),
        }
    }
}

/// The headers that a letter keeps. One that is refused again says where it was refused last.
fn is_its_own(name: &str) -> bool {
    !header::ALL.contains(&name)
}

impl Worker<'_> {
    /// Counts a record that a stage refused, and writes it to the dead letters.
    #[cold]
    pub(crate) fn bury(
        &mut self,
        stage: usize,
        failure: Failure,
        out: &mut KafkaWriter,
        letter: Letter<'_>,
    ) -> Outcome {
        let error = failure.into_message()?;
        self.run.skipped(stage);
        Ok(self.write_letter(stage, &error, out, letter)?)
    }

    /// Writes a record that came too late, and is counted already, to the dead letters.
    #[cold]
    pub(crate) fn bury_late(
        &mut self,
        stage: usize,
        error: &str,
        out: &mut KafkaWriter,
        letter: Letter<'_>,
    ) -> Outcome {
        Ok(self.write_letter(stage, error, out, letter)?)
    }

    /// Where the item at hand comes from, as far as it is known.
    fn comes_from(&self, letter: Letter<'_>) -> Option<(PartitionName, i64)> {
        match letter {
            Letter::Record(_) | Letter::Shown => {
                let name = self.positions.current(self.source)?;
                Some((name.clone(), self.at))
            }
            Letter::OfRound | Letter::Kept(_) => {
                let At { offset, partition } = self.arrived?;
                Some((self.run.places.name(partition)?, offset))
            }
        }
    }

    fn write_letter(
        &self,
        stage: usize,
        error: &str,
        out: &mut KafkaWriter,
        letter: Letter<'_>,
    ) -> Result<()> {
        let place = self.comes_from(letter);
        let plan = self.run.plan;
        let text = plan.stages.get(stage).map_or("", |stage| stage.text);
        let place = place.map(|(name, offset)| (name.topic, name.partition.to_string(), offset));
        let offset = place.as_ref().map(|(.., offset)| offset.to_string());
        let mut headers: Vec<(&str, Option<&[u8]>)> = Vec::new();
        match letter {
            Letter::Record(record) => {
                headers.extend(record.headers().filter(|(name, _)| is_its_own(name)));
            }
            Letter::Kept(KeptLetter::Record { headers: known, .. }) => {
                let known = known.iter().filter(|(name, _)| is_its_own(name));
                headers.extend(known.map(|(name, value)| (name.as_str(), value.as_deref())));
            }
            Letter::Kept(KeptLetter::Shown(_)) | Letter::Shown | Letter::OfRound => {}
        }
        let mut say = |name, value| headers.push((name, Some(str::as_bytes(value))));
        if let (Some((topic, partition, _)), Some(offset)) = (&place, &offset) {
            say(header::TOPIC, topic);
            say(header::PARTITION, partition);
            say(header::OFFSET, offset);
        }
        say(header::STAGE, text);
        say(header::ERROR, error);
        say(header::JOB, plan.name);
        match letter {
            Letter::Record(record) => out.send_as_it_is(NewRecord {
                key: record.key,
                value: record.value,
                headers: &headers,
            }),
            Letter::Kept(KeptLetter::Record { key, value, .. }) => out.send_as_it_is(NewRecord {
                key: key.as_deref(),
                value: value.as_deref(),
                headers: &headers,
            }),
            Letter::Kept(KeptLetter::Shown(shown)) => out.send_as_it_is(of_shown(shown, &headers)),
            Letter::Shown | Letter::OfRound => {
                let shown = out.take_written();
                let sent = out.send_as_it_is(of_shown(&shown, &headers));
                out.put_written(shown);
                sent
            }
        }
    }
}

/// A letter of an item that was shown; nothing where it cannot be.
fn of_shown<'l>(shown: &'l [u8], headers: &'l [(&'l str, Option<&'l [u8]>)]) -> NewRecord<'l> {
    NewRecord {
        key: None,
        value: Some(shown).filter(|shown| !shown.is_empty()),
        headers,
    }
}
