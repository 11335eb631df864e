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
            Letter::OfRound => {
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
        if let Letter::Record(record) = letter {
            // A letter that is refused again says where it was refused last.
            let known = record
                .headers()
                .filter(|(name, _)| !header::ALL.contains(name));
            headers.extend(known);
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
            Letter::Shown | Letter::OfRound => {
                let shown = out.take_written();
                let sent = out.send_as_it_is(NewRecord {
                    key: None,
                    value: Some(shown.as_slice()).filter(|shown| !shown.is_empty()),
                    headers: &headers,
                });
                out.put_written(shown);
                sent
            }
        }
    }
}
