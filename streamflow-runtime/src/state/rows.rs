//! Rows that `print every 1s` keeps until the interval ends.

use serde::{Deserialize, Serialize};

use super::key::{Compact, Key};

/// A rendered row, and where its record stands.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The partition its record came from, and the record's offset: rows are shown in this order.
    pub place: (i32, i64),
    /// The row as it is shown. There may be millions: short ones take no memory of their own.
    text: Compact<[u8]>,
}

impl Row {
    /// A row that has been rendered.
    #[inline]
    pub fn new(place: (i32, i64), text: &[u8]) -> Self {
        let text = text.keep_short().unwrap_or_else(|| text.keep());
        Row { place, text }
    }

    /// The row as it is shown.
    pub fn text(&self) -> &[u8] {
        self.text.get()
    }
}

/// The rows that one worker keeps.
#[derive(Debug, Default)]
pub struct RowsState {
    pub(crate) rows: Vec<Row>,
    /// The row that is being rendered.
    pub(crate) rendered: Vec<u8>,
}
