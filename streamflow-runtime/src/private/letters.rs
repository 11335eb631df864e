//! Dead letters: what a stage has refused is written to a topic.

use std::fmt::Debug;
use std::io::Write as _;
use std::sync::Arc;

use serde::Serialize;

use super::records::Refusal;
use super::times::TOO_FAR;
use crate::encode;
use crate::record::Record;
use crate::sink::kafka::{KafkaSink, KafkaWriter};
use crate::worker::{Letter, Outcome, Worker};

/// What `dead_letter(…)` takes: the name of a topic.
#[diagnostic::on_unimplemented(
    message = "`dead_letter` takes the name of a topic, not a `{Self}`",
    label = "this is no topic",
    note = "write `else dead_letter(\"topic\")`, or a variable that holds a text"
)]
pub trait LetterTopic {
    /// The topic as a sink.
    fn dead_letters(self) -> Arc<KafkaSink>;
}

#[diagnostic::do_not_recommend]
impl<T: AsRef<str>> LetterTopic for T {
    fn dead_letters(self) -> Arc<KafkaSink> {
        Arc::new(KafkaSink::new(self.as_ref()))
    }
}

/// Writes the record at hand, which a stage refused, to the dead letters.
#[cold]
pub fn bury(
    worker: &mut Worker<'_>,
    stage: usize,
    failure: impl Into<Refusal>,
    letters: &mut KafkaWriter,
    record: &Record<'_>,
) -> Outcome {
    worker.bury(
        stage,
        failure.into().failure,
        letters,
        Letter::Record(record),
    )
}

/// The same where there is no record: the item that reached the stage is written.
#[cold]
pub fn bury_shown(
    worker: &mut Worker<'_>,
    stage: usize,
    failure: impl Into<Refusal>,
    letters: &mut KafkaWriter,
) -> Outcome {
    worker.bury(stage, failure.into().failure, letters, Letter::Shown)
}

/// The same in a round.
#[cold]
pub fn bury_in_round(
    worker: &mut Worker<'_>,
    stage: usize,
    failure: impl Into<Refusal>,
    letters: &mut KafkaWriter,
) -> Outcome {
    worker.bury(stage, failure.into().failure, letters, Letter::OfRound)
}

/// What a dead letter says of a record that is in no window any more.
pub(super) fn too_late(time_ms: i64) -> &'static str {
    if time_ms == TOO_FAR {
        "its time is too far in front of the clock"
    } else {
        "too late: all its windows were closed"
    }
}

/// Writes the record at hand, whose windows are all closed, to the dead letters.
#[cold]
pub fn bury_late(
    worker: &mut Worker<'_>,
    (stage, time_ms): (usize, i64),
    letters: &mut KafkaWriter,
    record: &Record<'_>,
) -> Outcome {
    worker.bury_late(stage, too_late(time_ms), letters, Letter::Record(record))
}

/// The same where there is no record.
#[cold]
pub fn bury_late_shown(
    worker: &mut Worker<'_>,
    (stage, time_ms): (usize, i64),
    letters: &mut KafkaWriter,
) -> Outcome {
    worker.bury_late(stage, too_late(time_ms), letters, Letter::Shown)
}

/// The same in a round.
#[cold]
pub fn bury_late_in_round(
    worker: &mut Worker<'_>,
    (stage, time_ms): (usize, i64),
    letters: &mut KafkaWriter,
) -> Outcome {
    worker.bury_late(stage, too_late(time_ms), letters, Letter::OfRound)
}

/// Items that can be had twice: one for the stage, and one for the stream of what it refuses.
#[diagnostic::on_unimplemented(
    message = "`else to` and `else retry` need items of which there can be two, and a `{Self}` cannot be cloned",
    label = "the items reaching this stage are `{Self}`",
    note = "derive `Clone` for the type: the stage takes one, and the other is there if it refuses that"
)]
pub trait Again {
    /// The same once more.
    #[must_use]
    fn again(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Again for T {
    #[inline]
    fn again(&self) -> Self {
        self.clone()
    }
}

/// An item that may go to the dead letters. `(&&&Buried(&item)).show(letters)` finds out how it is
/// shown, by method look-up.
#[derive(Debug)]
pub struct Buried<'s, T>(pub &'s T);

/// Items that derive `Serialize`.
pub trait BuriedAsRow {
    /// Shows the item as a row.
    fn show(self, letters: &mut KafkaWriter);
}

impl<T: Serialize> BuriedAsRow for &&&Buried<'_, T> {
    #[inline]
    fn show(self, letters: &mut KafkaWriter) {
        encode::shown(self.0, letters.value());
    }
}

/// Items that derive `Debug`.
pub trait BuriedByDebug {
    /// Shows the item as `Debug` does.
    fn show(self, letters: &mut KafkaWriter);
}

impl<T: Debug> BuriedByDebug for &&Buried<'_, T> {
    fn show(self, letters: &mut KafkaWriter) {
        // Writing to a vector cannot fail; a `Debug` that fails leaves what it wrote.
        let _written = write!(letters.value(), "{:?}", self.0);
    }
}

/// All other items.
pub trait BuriedUnseen {
    /// Shows nothing.
    fn show(self, letters: &mut KafkaWriter);
}

impl<T> BuriedUnseen for &Buried<'_, T> {
    fn show(self, letters: &mut KafkaWriter) {
        letters.value();
    }
}
