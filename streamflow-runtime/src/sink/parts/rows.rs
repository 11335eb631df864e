//! Rows on their way to a part, and where each ends: a part may end between two rows only, and a
//! row may hold line ends of its own.

/// Whole rows, each with its line end.
#[derive(Debug, Default)]
pub(super) struct Rows {
    text: Vec<u8>,
    /// Where each row ends in the text; empty where parts do not roll by size.
    ends: Vec<usize>,
}

impl Rows {
    /// Adds a row that `write` writes. A row that it fails to write leaves nothing behind.
    #[inline]
    pub(super) fn add<E>(
        &mut self,
        marks_ends: bool,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let begin = self.text.len();
        match write(&mut self.text) {
            Ok(()) => {
                self.text.push(b'\n');
                if marks_ends {
                    self.ends.push(self.text.len());
                }
                Ok(())
            }
            Err(error) => {
                self.text.truncate(begin);
                Err(error)
            }
        }
    }

    /// How many bytes the rows take.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Takes the rows of another, which has none then.
    pub(super) fn append(&mut self, other: &mut Rows) {
        if self.is_empty() {
            std::mem::swap(self, other);
            return;
        }
        let before = self.text.len();
        self.text.append(&mut other.text);
        self.ends
            .extend(other.ends.drain(..).map(|end| before + end));
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// The bytes of the rows from `begin` on that fill a part with `room` bytes left: up to the
    /// end of the row that fills it, or all that there are.
    pub(super) fn that_fill(&self, begin: usize, room: usize) -> &[u8] {
        let full = begin.saturating_add(room);
        let filling = self.ends.partition_point(|end| *end < full.max(begin + 1));
        let end = self.ends.get(filling).copied().unwrap_or(self.text.len());
        self.text.get(begin..end).unwrap_or_default()
    }
}
