//! Dead letters: what a stage has refused is written to a topic.

use std::fmt::Debug;
use std::io::Write as _;

use serde::Serialize;

use super::records::Refusal;
use crate::encode;
use crate::record::Record;
use crate::sink::kafka::KafkaWriter;
use crate::worker::{Letter, Outcome, Worker};

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

/// Writes the record at hand, whose windows are all closed, to the dead letters.
#[cold]
pub fn bury_late(
    worker: &mut Worker<'_>,
    stage: usize,
    letters: &mut KafkaWriter,
    record: &Record<'_>,
) -> Outcome {
    worker.bury_late(stage, letters, Letter::Record(record))
}

/// The same where there is no record.
#[cold]
pub fn bury_late_shown(
    worker: &mut Worker<'_>,
    stage: usize,
    letters: &mut KafkaWriter,
) -> Outcome {
    worker.bury_late(stage, letters, Letter::Shown)
}

/// The same in a round.
#[cold]
pub fn bury_late_in_round(
    worker: &mut Worker<'_>,
    stage: usize,
    letters: &mut KafkaWriter,
) -> Outcome {
    worker.bury_late(stage, letters, Letter::OfRound)
}

/// Items that can be had twice: one for the stage, and one for the stream of what it refuses.
#[diagnostic::on_unimplemented(
    message = "`else to` needs items of which there can be two, and a `{Self}` cannot be cloned",
    label = "the items reaching this stage are `{Self}`",
    note = "derive `Clone` for the type: the stage takes one, and the other goes on if it refuses it"
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
