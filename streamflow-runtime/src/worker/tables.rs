//! One worker's part in reading tables first: it holds back what is not read yet, and tells when it has
//! read its share of the tables to the end.

use super::Worker;
use crate::source::Reader;

impl Worker<'_> {
    /// Whether a source waits until tables have been read.
    pub(super) fn holds_back(&self, stage: usize) -> bool {
        let tables = &self.run.tables;
        tables.is_loading() && !tables.are_made_of(stage)
    }

    /// Asks a reader that has had nothing which of its partitions have been read to their ends.
    pub(super) fn ask_for_ends<R: Reader>(&mut self, reader: &R, stage: usize) {
        if self.run.tables.is_loading() && self.positions.has_rested(stage) {
            self.positions
                .note_ends(stage, |place| reader.is_caught_up(place));
        }
    }

    /// Tells whether this worker has read its share of the tables, and calls for the round in which
    /// all else begins to be read.
    pub(super) fn tell_of_tables(&self) {
        let tables = &self.run.tables;
        if !tables.is_loading() {
            return;
        }
        let has_read = self
            .positions
            .have_been_read(|stage| tables.are_made_of(stage));
        // Under test the round comes when all are idle.
        if tables.tell(self.index, has_read) && !self.run.is_test() {
            self.run.rounds.request();
        }
    }

    /// How many sources have not ended, of those that may be read now.
    pub(super) fn readable_sources(&self) -> usize {
        let open = self.positions.still_open();
        open.filter(|stage| !self.holds_back(*stage)).count()
    }
}
